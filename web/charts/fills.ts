import type { Pattern } from "./palette.ts";

type Fill = string | CanvasPattern;

/** What of the page's look a chart needs: colours of the tokens as they are now, and patterns of them. */
export interface Look {
  readonly token: (name: string) => string;
  readonly fill: (colour: string, pattern: Pattern) => Fill;
  /** Thin lines: a bucket in progress. */
  readonly open: (colour: string) => Fill;
  /** A span without evidence. */
  readonly blank: () => Fill;
}

/** Reads the tokens of the page. Read again after a change of theme. */
export function pageLook(): Look {
  const style = getComputedStyle(document.documentElement);
  const token = (name: string) => style.getPropertyValue(name).trim();
  const panel = token("--panel");
  const fill = (colour: string, pattern: Pattern): Fill => {
    if (pattern === "plain") return token(colour);
    return pattern === "hatch" ? hatch(token(colour), panel, 4, 2) : dots(token(colour), panel);
  };
  return {
    token,
    fill,
    open: (colour) => hatch(token(colour), panel, 4, 1),
    blank: () => hatch(token("--line-strong"), panel, 6, 1),
  };
}

function hatch(ink: string, paper: string, gap: number, width: number): Fill {
  return tile(gap, ink, (context) => {
    context.fillStyle = paper;
    context.fillRect(0, 0, gap, gap);
    context.strokeStyle = ink;
    context.lineWidth = width;
    for (const shift of [-gap, 0, gap]) {
      context.beginPath();
      context.moveTo(shift - 1, gap + 1);
      context.lineTo(shift + gap + 1, -1);
      context.stroke();
    }
  });
}

function dots(ink: string, paper: string): Fill {
  return tile(4, ink, (context) => {
    context.fillStyle = ink;
    context.fillRect(0, 0, 4, 4);
    context.fillStyle = paper;
    context.fillRect(1, 1, 1.5, 1.5);
  });
}

/** A small canvas as a repeating pattern, sharp on every screen; the plain ink where there is no canvas. */
function tile(size: number, ink: string, paint: (context: CanvasRenderingContext2D) => void): Fill {
  const scale = devicePixelRatio;
  const canvas = document.createElement("canvas");
  canvas.width = size * scale;
  canvas.height = size * scale;
  const context = canvas.getContext("2d");
  if (context === null) return ink;
  context.scale(scale, scale);
  paint(context);
  const pattern = context.createPattern(canvas, "repeat");
  pattern?.setTransform(new DOMMatrix().scale(1 / scale));
  return pattern ?? ink;
}
