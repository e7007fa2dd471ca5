/** What engineers hand to a coding agent: a task, the files that it reads, and what it writes. */
export interface CodeTask {
  readonly task: string;
  readonly path: string;
  readonly source: string;
  readonly thought: string;
  readonly change: string;
  readonly test: string;
  readonly summary: string;
}

export const codeTasks: readonly CodeTask[] = [
  {
    task: "{ticket}: totals in the cart are off by one cent when a voucher splits over several lines. Find out why and fix it, with a test.",
    path: "src/cart/split.ts",
    source:
      "export function split(total: number, weights: number[]): number[] {\n  const sum = weights.reduce((a, b) => a + b, 0);\n  return weights.map((weight) => Math.round((total * weight) / sum));\n}\n",
    thought:
      "Each share is rounded on its own, so the shares need not add up to the total. Largest remainder keeps the sum.",
    change:
      "export function split(total: number, weights: number[]): number[] {\n  const sum = weights.reduce((a, b) => a + b, 0);\n  const exact = weights.map((weight) => (total * weight) / sum);\n  const floors = exact.map(Math.floor);\n  const rest = total - floors.reduce((a, b) => a + b, 0);\n  const order = exact.map((share, i) => [share - Math.floor(share), i]).sort((a, b) => b[0] - a[0]);\n  for (const [, i] of order.slice(0, rest)) floors[i]++;\n  return floors;\n}\n",
    test: "ok 14 tests, 1 new: shares add up for 10,000 random baskets",
    summary:
      "The shares were rounded one by one, so they did not always add up. `split` now gives the left-over cents to the largest remainders; the new test checks 10,000 random baskets.",
  },
  {
    task: "The {service} deployment loops: readiness fails after {count} seconds. Here is the pod log. Tell me what to change first.",
    path: "deploy/{service}.yaml",
    source:
      "readinessProbe:\n  httpGet: { path: /health, port: 8080 }\n  initialDelaySeconds: 5\n  periodSeconds: 3\n  failureThreshold: 2\nresources:\n  limits: { memory: 256Mi, cpu: 250m }\n",
    thought:
      "The service migrates its schema at start, which takes longer than eleven seconds on a cold node. A startup probe is what is missing.",
    change:
      "startupProbe:\n  httpGet: { path: /health, port: 8080 }\n  periodSeconds: 5\n  failureThreshold: 30\nreadinessProbe:\n  httpGet: { path: /health, port: 8080 }\n  periodSeconds: 5\n",
    test: "deployment rolled out in 41 s, 0 restarts",
    summary:
      "The pod was killed before its migration ended. I added a startup probe of at most 150 seconds and left readiness strict.",
  },
  {
    task: "Make the nightly export of {service} stream instead of loading all rows. Memory peaks at 3 GB for {many} orders.",
    path: "jobs/export_orders.py",
    source:
      "def export(path):\n    rows = db.fetch_all('select * from orders where exported_at is null')\n    with open(path, 'w') as out:\n        for row in rows:\n            out.write(to_line(row))\n",
    thought:
      "fetch_all builds the whole list. A server-side cursor of 2,000 rows keeps memory flat; the file has to be renamed at the end so that a cut export is never read.",
    change:
      "def export(path):\n    part = path + '.part'\n    with db.cursor('export', size=2000) as rows, open(part, 'w') as out:\n        for row in rows:\n            out.write(to_line(row))\n    os.replace(part, path)\n",
    test: "9 passed in 3.21s; peak 118 MB for 400,000 rows",
    summary:
      "Rows now come through a cursor of 2,000 and the file is renamed when it is whole. Peak memory fell from 3 GB to 118 MB on the sample.",
  },
  {
    task: "Review the diff of {ticket} ({hash}). Look for races around the stock counter.",
    path: "internal/stock/reserve.go",
    source:
      "func (s *Store) Reserve(ctx context.Context, sku string, n int) error {\n\tleft, err := s.Left(ctx, sku)\n\tif err != nil {\n\t\treturn err\n\t}\n\tif left < n {\n\t\treturn ErrShort\n\t}\n\treturn s.Set(ctx, sku, left-n)\n}\n",
    thought:
      "Left and Set are two statements, so two buyers can both see the last copy. It needs one conditional update.",
    change:
      "func (s *Store) Reserve(ctx context.Context, sku string, n int) error {\n\tresult, err := s.db.ExecContext(ctx, `update stock set left = left - $2 where sku = $1 and left >= $2`, sku, n)\n\tif err != nil {\n\t\treturn err\n\t}\n\tif rows, _ := result.RowsAffected(); rows == 0 {\n\t\treturn ErrShort\n\t}\n\treturn nil\n}\n",
    test: "PASS internal/stock 1.204s (race detector on, 200 buyers, 1 copy left: 1 sale)",
    summary:
      "Two buyers could reserve the same last copy. Reading and writing are now one conditional update; the race test sells exactly one.",
  },
  {
    task: "Write a SQL query: per week, share of orders that were delivered later than promised, by warehouse. Postgres 15.",
    path: "reports/late_orders.sql",
    source: "create table orders (id bigint, warehouse text, promised date, delivered date, created_at timestamptz);\n",
    thought:
      "Orders that are still on their way and past the promise count as late too; otherwise the newest week looks too good.",
    change:
      "select date_trunc('week', created_at) as week, warehouse,\n       avg((coalesce(delivered, current_date) > promised)::int) as late_share,\n       count(*) as orders\nfrom orders\nwhere created_at >= now() - interval '12 weeks'\ngroup by 1, 2\norder by 1, 2;\n",
    test: "12 weeks x 3 warehouses, 36 rows, 84 ms",
    summary:
      "The query counts an order as late when it came after the promise, or when the promise has passed and it is still open.",
  },
  {
    task: "The label printer drops umlauts. Please look at {service} version {version} and tell me which encoding it expects.",
    path: "src/labels/encode.rs",
    source:
      "pub fn encode(text: &str) -> Vec<u8> {\n    text.chars().filter(|c| c.is_ascii()).map(|c| c as u8).collect()\n}\n",
    thought:
      "The filter throws everything beyond ASCII away. The printer speaks code page 850, for which a table of 128 entries is enough.",
    change:
      "pub fn encode(text: &str) -> Vec<u8> {\n    text.nfc().map(|c| CP850.get(&c).copied().unwrap_or(b'?')).collect()\n}\n",
    test: "test labels::umlauts ... ok (23 tests)",
    summary:
      "The code dropped every character beyond ASCII. It now maps to code page 850, which this printer expects, and shows `?` for what that page lacks.",
  },
];

export const agentSystem =
  "You are a coding agent in a repository of the storefront team. Read before you write. Make the smallest change that solves the task, run the tests, and say what you did in two or three sentences. Never touch files under deploy/prod, never push, never print values of environment variables. Ask when a task has two readings.\n\n" +
  "Conventions: TypeScript strict, no default exports; Go with table tests; Python 3.12 with type hints; SQL in lower case. Errors name the thing, the reason and the way out. Commits are imperative and short. A change of behaviour comes with a test that failed before.\n\n" +
  "Tools give plain text. A file that is longer than 400 lines comes in parts. If a command fails twice in the same way, stop and report. Do not install packages. Work only inside the checkout.";

export const agentTools = [
  {
    name: "read_file",
    description: "Reads a text file of the checkout, at most 400 lines from `offset`",
    schema: {
      type: "object",
      properties: { path: { type: "string" }, offset: { type: "integer" } },
      required: ["path"],
    },
  },
  {
    name: "edit_file",
    description: "Replaces one exact passage of a file",
    schema: {
      type: "object",
      properties: { path: { type: "string" }, old: { type: "string" }, new: { type: "string" } },
      required: ["path", "old", "new"],
    },
  },
  {
    name: "run_tests",
    description: "Runs the tests of one package and gives the last 200 lines",
    schema: { type: "object", properties: { package: { type: "string" } }, required: ["package"] },
  },
  {
    name: "search_code",
    description: "Searches the checkout for a regular expression",
    schema: {
      type: "object",
      properties: { pattern: { type: "string" }, glob: { type: "string" } },
      required: ["pattern"],
    },
  },
] as const;
