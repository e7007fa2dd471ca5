import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { formatRange } from "../format-time.ts";
import { presetOf, presets, shifted, wordsBefore } from "../presets.ts";
import { useStatus } from "../queries.ts";
import { setRefreshEvery, useRefreshEvery } from "../refresh.ts";
import type { ViewState } from "../url-state.ts";
import { useView } from "../view.tsx";
import { CustomRange } from "./custom-range.tsx";
import { Icon } from "./icon.tsx";
import { Popover } from "./popover.tsx";
import { Segmented } from "./segmented.tsx";

export function TimeTools({ compares }: { compares: boolean }) {
  return (
    <>
      <Window />
      {compares ? <Compare /> : null}
      <Zone />
      <Refresh />
      <CopyLink />
    </>
  );
}

function Window() {
  const { state, resolved, change, zone } = useView();
  const preset = presetOf(state.range);
  const words =
    preset?.label ?? (resolved === null ? "Custom" : formatRange(resolved.range.from, resolved.range.to, zone));
  const move = (direction: -1 | 1) => {
    if (resolved !== null) change({ ...state, range: shifted(resolved.range, direction) });
  };
  return (
    <span className="group">
      <button className="btn icon" type="button" aria-label="Previous period" onClick={() => move(-1)}>
        <Icon name="left" />
      </button>
      <Popover label="Window" buttonClass="btn" button={<WindowWords words={words} />}>
        {(close) => <WindowChoice close={close} />}
      </Popover>
      <button className="btn icon" type="button" aria-label="Next period" onClick={() => move(1)}>
        <Icon name="right" />
      </button>
    </span>
  );
}

function WindowWords({ words }: { words: string }) {
  return (
    <>
      <Icon name="clock" />
      {words}
      <Icon name="down" small />
    </>
  );
}

function WindowChoice({ close }: { close: () => void }) {
  const { state, change } = useView();
  const choose = (range: ViewState["range"]) => {
    change({ ...state, range, bucket: null });
    close();
  };
  return (
    <>
      <ul className="choices">
        {presets.map(({ label, range }) => (
          <li key={label}>
            <button
              type="button"
              aria-pressed={range.from === state.range.from && range.to === state.range.to}
              onClick={() => choose(range)}
            >
              {label}
            </button>
          </li>
        ))}
      </ul>
      <CustomRange onChoose={choose} />
    </>
  );
}

function Compare() {
  const { state, change } = useView();
  const on = state.compare !== "none";
  return (
    <button
      className="btn"
      type="button"
      aria-pressed={on}
      onClick={() => change({ ...state, compare: on ? "none" : null })}
    >
      <Icon name="compare" />
      {wordsBefore(state.range)}
    </button>
  );
}

/** The zone of the settings, or of this machine where the settings say UTC; and UTC. */
function Zone() {
  const { state, zone, change } = useView();
  const settings = useStatus().data?.timeZone ?? "UTC";
  const own = settings === "UTC" ? Intl.DateTimeFormat().resolvedOptions().timeZone : settings;
  const zones = [...new Set([own, zone, "UTC"])];
  if (zones.length === 1) return <span className="muted small">UTC</span>;
  return (
    <Segmented
      label="Time zone"
      value={zone}
      options={zones.map((name) => ({ value: name, label: name }))}
      onChange={(name) => change({ ...state, timeZone: name })}
    />
  );
}

const refreshChoices = [
  { label: "Off", ms: 0 },
  { label: "Every minute", ms: 60_000 },
  { label: "Every 5 minutes", ms: 300_000 },
];

function Refresh() {
  const client = useQueryClient();
  const every = useRefreshEvery();
  const chosen = refreshChoices.find(({ ms }) => ms === every)?.label ?? "Off";
  return (
    <Popover
      label="Refresh"
      buttonClass="btn icon"
      buttonLabel={`Refresh: ${chosen.toLowerCase()}`}
      button={<Icon name="refresh" />}
      align="end"
    >
      {(close) => (
        <ul className="choices">
          <li>
            <button type="button" onClick={() => void client.invalidateQueries().then(close)}>
              Now
            </button>
          </li>
          {refreshChoices.map(({ label, ms }) => (
            <li key={label}>
              <button type="button" aria-pressed={ms === every} onClick={() => setRefreshEvery(ms)}>
                {label}
              </button>
            </li>
          ))}
        </ul>
      )}
    </Popover>
  );
}

function CopyLink() {
  const [said, setSaid] = useState("");
  const copy = async () => {
    await navigator.clipboard.writeText(location.href);
    setSaid("Link copied");
  };
  return (
    <>
      <button className="btn icon" type="button" aria-label="Copy link" onClick={() => void copy()}>
        <Icon name={said === "" ? "link" : "check"} />
      </button>
      <span className="vh" role="status">
        {said}
      </span>
    </>
  );
}
