import { Redirect, Route, Switch } from "wouter";
import { pages } from "./pages/list.ts";
import { Empty } from "./ui/states.tsx";
import { Frame } from "./ui/frame.tsx";
import { PageHead } from "./ui/page-head.tsx";
import { Panel, PanelBoundary } from "./ui/panel.tsx";
import { ViewProvider } from "./view.tsx";

export function App() {
  return (
    <ViewProvider>
      <Frame>
        <Switch>
          <Route path="/">
            <Redirect to="/overview" replace />
          </Route>
          {pages.map(({ id, path, title, View }) => (
            <Route key={id} path={path}>
              <PanelBoundary title={title}>
                <View />
              </PanelBoundary>
            </Route>
          ))}
          <Route>
            <NoSuchPage />
          </Route>
        </Switch>
      </Frame>
    </ViewProvider>
  );
}

function NoSuchPage() {
  return (
    <>
      <PageHead title="No such page" bare />
      <Panel title="This address leads nowhere">
        <Empty title="The page may have moved, or the link was cut short">
          <p>The navigation leads to every page there is.</p>
        </Empty>
      </Panel>
    </>
  );
}
