import {
  BarController,
  BarElement,
  CategoryScale,
  Chart,
  LineController,
  LinearScale,
  LineElement,
  PointElement,
  type Plugin,
} from "chart.js";
import { useEffect, useMemo, useRef, useState } from "react";
import { useTheme } from "../ui/theme.ts";
import { pageLook, type Look } from "./fills.ts";
import { stackedBars, type BarPoint, type BarsInput } from "./stacked-bars.ts";
import { Tooltip } from "./tooltip.tsx";

Chart.register(BarController, BarElement, CategoryScale, LineController, LinearScale, LineElement, PointElement);

/** Where a bucket lies in the plot, in pixels from its left edge. */
interface Place {
  readonly bucket: number;
  readonly x: number;
}

interface PlotProps {
  readonly label: string;
  readonly input: BarsInput;
  readonly zone: string;
  readonly short: boolean;
  /** Opens the records of a bucket. */
  readonly onOpen: (bucket: number) => void;
}

type Bars = Chart<"bar" | "line", BarPoint[]>;

/** The canvas: one tab stop. Arrows move from bucket to bucket, Enter opens its records, Escape leaves. */
export default function Plot({ label, input, zone, short, onOpen }: PlotProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const chart = useChart(canvas, input);
  const [at, setAt] = useState<Place | null>(null);
  const place = (bucket: number): Place => {
    const last = input.buckets.length - 1;
    const within = Math.min(Math.max(bucket, 0), last);
    return { bucket: within, x: chart.current?.scales["x"]?.getPixelForValue(within) ?? 0 };
  };
  const under = (clientX: number): Place => {
    const left = canvas.current?.getBoundingClientRect().left ?? 0;
    return place(Math.round(chart.current?.scales["x"]?.getValueForPixel(clientX - left) ?? 0));
  };
  const move = (key: string): Place | null => {
    if (key === "ArrowRight") return place(at === null ? 0 : at.bucket + 1);
    if (key === "ArrowLeft") return place(at === null ? input.buckets.length - 1 : at.bucket - 1);
    if (key === "Home") return place(0);
    if (key === "End") return place(input.buckets.length - 1);
    return null;
  };
  return (
    <div className={short ? "plot short" : "plot"} onPointerLeave={() => setAt(null)}>
      <canvas
        ref={canvas}
        role="img"
        aria-label={`${label}; the same data is in the table below. Arrow keys read the points.`}
        tabIndex={0}
        onPointerMove={(event) => setAt(under(event.clientX))}
        onClick={(event) => onOpen(under(event.clientX).bucket)}
        onBlur={() => setAt(null)}
        onKeyDown={(event) => {
          const next = move(event.key);
          if (next !== null) {
            event.preventDefault();
            setAt(next);
          } else if (event.key === "Escape") setAt(null);
          else if (event.key === "Enter" && at !== null) onOpen(at.bucket);
        }}
      />
      <Gaps input={input} chart={chart} />
      {at === null ? null : <span className="at-line" style={{ left: at.x }} />}
      {at === null ? null : <Tooltip input={input} bucket={at.bucket} x={at.x} zone={zone} />}
    </div>
  );
}

function useChart(canvas: { readonly current: HTMLCanvasElement | null }, input: BarsInput) {
  const chart = useRef<Bars | null>(null);
  const theme = useTheme();
  const [, drawn] = useState(0);
  const key = useMemo(() => JSON.stringify([input.series, input.buckets, input.before, input.ticks]), [input]);
  useEffect(() => {
    if (canvas.current === null) return undefined;
    const look = pageLook();
    Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
    Chart.defaults.font.size = 11;
    Chart.defaults.color = look.token("--muted");
    const made = new Chart(canvas.current, { ...stackedBars(input, look), plugins: [blankSpans(input, look)] });
    chart.current = made;
    drawn((count) => count + 1);
    return () => made.destroy();
    // The input is made anew at each render: what counts is what it says.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [canvas, key, theme]);
  return chart;
}

/** Hatched spans behind the data where there is no evidence: never a zero. */
function blankSpans({ gaps }: BarsInput, look: Look): Plugin<"bar" | "line"> {
  return {
    id: "blank-spans",
    beforeDatasetsDraw({ ctx, chartArea, scales }) {
      const x = scales["x"];
      if (x === undefined) return;
      const half = (x.getPixelForValue(1) - x.getPixelForValue(0)) / 2;
      ctx.fillStyle = look.blank();
      for (const [from, to] of gaps) {
        const left = x.getPixelForValue(from) - half;
        const right = x.getPixelForValue(to) + half;
        ctx.fillRect(left, chartArea.top, right - left, chartArea.bottom - chartArea.top);
      }
    },
  };
}

function Gaps({ input, chart }: { input: BarsInput; chart: { readonly current: Bars | null } }) {
  const x = chart.current?.scales["x"];
  if (x === undefined) return null;
  return input.gaps.map(([from, to]) => (
    <span className="gap" key={from} style={{ left: (x.getPixelForValue(from) + x.getPixelForValue(to)) / 2 }}>
      no evidence
    </span>
  ));
}
