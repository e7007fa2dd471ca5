/** Which groups of literals occur in a text, from one pass over it: an Aho-Corasick automaton as a table. */
export interface Literals {
  /** Sets `seen[group]` to 1 for each group with a literal in `text`, and says whether any has; ASCII letters match in either case. */
  mark(text: string, seen: Uint8Array): boolean;
}

interface Node {
  readonly next: Map<number, number>;
  fail: number;
  readonly groups: Set<number>;
}

/** ASCII capitals as small letters; other units as they are. */
function small(unit: number): number {
  return unit >= 65 && unit <= 90 ? unit + 32 : unit;
}

function trieOf(groups: readonly (readonly string[])[]): Node[] {
  const nodes: Node[] = [{ next: new Map(), fail: 0, groups: new Set() }];
  const child = (from: number, unit: number): number => {
    const known = nodes[from]?.next.get(unit);
    if (known !== undefined) return known;
    nodes.push({ next: new Map(), fail: 0, groups: new Set() });
    nodes[from]?.next.set(unit, nodes.length - 1);
    return nodes.length - 1;
  };
  groups.forEach((literals, group) => {
    for (const literal of literals) {
      let at = 0;
      for (let i = 0; i < literal.length; i += 1) at = child(at, small(literal.charCodeAt(i)));
      nodes[at]?.groups.add(group);
    }
  });
  return nodes;
}

/** Numbers each code unit that a literal holds; 0 stands for all others. */
function alphabetOf(nodes: readonly Node[]): { classes: Uint8Array | Uint16Array; size: number } {
  const classes = new Uint16Array(65_536);
  let size = 1;
  for (const { next } of nodes) {
    for (const unit of next.keys()) {
      if (classes[unit] !== 0) continue;
      classes[unit] = size;
      size += 1;
    }
  }
  for (let unit = 65; unit <= 90; unit += 1) classes[unit] = classes[unit + 32] ?? 0;
  return { classes, size };
}

/** Fills the table breadth first: a missing edge leads where the longest proper suffix leads. */
function tableOf(nodes: readonly Node[], classes: Uint8Array | Uint16Array, size: number): Int32Array {
  const table = new Int32Array(nodes.length * size);
  const queue = [0];
  for (const at of queue) {
    const node = nodes[at];
    if (node === undefined) continue;
    const row = at * size;
    const failRow = node.fail * size;
    if (at !== 0) for (let i = 0; i < size; i += 1) table[row + i] = table[failRow + i] ?? 0;
    for (const [unit, to] of node.next) {
      const edge = classes[unit] ?? 0;
      const child = nodes[to];
      if (child === undefined) continue;
      child.fail = at === 0 ? 0 : (table[failRow + edge] ?? 0);
      for (const group of nodes[child.fail]?.groups ?? []) child.groups.add(group);
      table[row + edge] = to;
      queue.push(to);
    }
  }
  return table;
}

/** Groups may share literals. An empty literal is an error: it would be in every text. */
export function openLiterals(groups: readonly (readonly string[])[]): Literals {
  if (groups.some((literals) => literals.includes(""))) throw new Error("an empty literal filters nothing");
  const nodes = trieOf(groups);
  const { classes, size } = alphabetOf(nodes);
  const table = tableOf(nodes, classes, size);
  // A state is kept as the start of its row; a negative entry leads to a state that ends a literal.
  for (let i = 0; i < table.length; i += 1) {
    const to = table[i] ?? 0;
    table[i] = (nodes[to]?.groups.size ?? 0) > 0 ? -(to * size) : to * size;
  }
  const found = nodes.map((node) => Uint16Array.from(node.groups));
  return {
    mark(text, seen) {
      let row = 0;
      let any = false;
      for (let i = 0; i < text.length; i += 1) {
        row = table[row + (classes[text.charCodeAt(i)] as number)] as number;
        if (row < 0) {
          row = -row;
          any = true;
          for (const group of found[row / size] ?? []) seen[group] = 1;
        }
      }
      return any;
    },
  };
}
