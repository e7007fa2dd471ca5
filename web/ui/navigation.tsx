import { Link, useLocation } from "wouter";
import type { Status } from "../../server/domain/status.ts";
import { pages } from "../pages/list.ts";
import type { Page } from "../pages/page.ts";
import { useMe } from "../queries.ts";
import { carried, writeUrl } from "../url-state.ts";
import { useView } from "../view.tsx";
import { visibleText } from "../../server/domain/visible-text.ts";
import { Icon } from "./icon.tsx";
import { setTheme, useTheme } from "./theme.ts";

/** Only pages that exist. The window, zone and filters go along. */
export function Navigation({ status, open, onGo }: { status: Status | undefined; open: boolean; onGo: () => void }) {
  return (
    <nav className={open ? "nav open" : "nav"} id="nav" aria-label="Pages">
      <ul>
        {pages
          .filter((page) => page.icon !== null)
          .map((page) => (
            <PageLink key={page.id} page={page} status={status} onGo={onGo} />
          ))}
      </ul>
      <Me />
    </nav>
  );
}

function PageLink({ page, status, onGo }: { page: Page; status: Status | undefined; onGo: () => void }) {
  const { state } = useView();
  const [path] = useLocation();
  const current = path === page.path || path.startsWith(`${page.path}/`);
  const critical = page.id === "findings" ? (status?.findingsOpen.critical ?? 0) : 0;
  return (
    <li>
      <Link href={`${page.path}${writeUrl(carried(state))}`} aria-current={current ? "page" : undefined} onClick={onGo}>
        {page.icon === null ? null : <Icon name={page.icon} />}
        {page.title}
        {critical === 0 ? null : <span className="count bad">{critical} critical</span>}
      </Link>
    </li>
  );
}

function Me() {
  const me = useMe().data;
  const theme = useTheme();
  const other = theme === "dark" ? "light" : "dark";
  const actor = visibleText(me?.actor ?? "");
  return (
    <div className="me">
      <span className="av" aria-hidden="true">
        {actor.slice(0, 2).toUpperCase()}
      </span>
      <span>{actor}</span>
      <button
        className="btn quiet icon"
        type="button"
        aria-label={`Switch to the ${other} theme`}
        onClick={() => setTheme(other)}
      >
        <Icon name="theme" />
      </button>
    </div>
  );
}
