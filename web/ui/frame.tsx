import { useState, type ReactNode } from "react";
import { Link } from "wouter";
import { useStatus } from "../queries.ts";
import { carried, writeUrl } from "../url-state.ts";
import { useView } from "../view.tsx";
import { Icon } from "./icon.tsx";
import { Navigation } from "./navigation.tsx";
import { StoreNotice } from "./store-notice.tsx";
import { TrustStrip } from "./trust-strip.tsx";

/** Evidence first, then where you are, then the page. The same on every page, so that the eye does not search. */
export function Frame({ children }: { children: ReactNode }) {
  const status = useStatus();
  const [open, setOpen] = useState(false);
  const { state } = useView();
  return (
    <>
      <a className="skip" href="#main">
        Skip to content
      </a>
      <div className="app">
        <header className="strip">
          <Link className="brand" href={`/overview${writeUrl(carried(state))}`}>
            <Icon name="strata" />
            bedrock-audit
            {status.data?.demo === true ? <span className="demo">DEMO DATA</span> : null}
          </Link>
          <button
            className="btn icon nav-btn"
            type="button"
            aria-label="Pages"
            aria-expanded={open}
            aria-controls="nav"
            onClick={() => setOpen(!open)}
          >
            <Icon name="menu" />
          </button>
          {status.data === undefined ? <StripWaiting failed={status.isError} /> : <TrustStrip status={status.data} />}
        </header>
        <Navigation status={status.data} open={open} onGo={() => setOpen(false)} />
        <main id="main" tabIndex={-1}>
          {status.data === undefined ? null : <StoreNotice status={status.data} />}
          {children}
        </main>
      </div>
    </>
  );
}

/** As high as the strip will be: on a phone four lines. */
function StripWaiting({ failed }: { failed: boolean }) {
  return (
    <ul className="trust" aria-label="Quality of the evidence">
      <li data-state={failed ? "bad" : "warn"}>
        <span className="reading">
          <Icon name={failed ? "fail" : "progress"} />
          <span>{failed ? <em>The server does not say how complete the evidence is</em> : "Asking for the state"}</span>
        </span>
      </li>
      {[1, 2, 3].map((place) => (
        <li className="wait" key={place} />
      ))}
    </ul>
  );
}
