import type { ReactNode } from "react";
import { panelOf } from "../panels/list.ts";
import { PanelBoundary } from "../ui/panel.tsx";
import { AddressNotes } from "../ui/address-notes.tsx";
import { PageHead } from "../ui/page-head.tsx";
import { useView } from "../view.tsx";

interface PanelPageProps {
  readonly title: string;
  /** Ids, in order. */
  readonly panels: readonly string[];
  /** Offers the comparison with the period before. */
  readonly compares?: boolean;
  /** Not bound to a time. */
  readonly bare?: boolean;
  /** In place of the filters of invocations. */
  readonly filters?: ReactNode | undefined;
  /** Beside the title. */
  readonly tools?: ReactNode;
}

/** A heading with window and filters, and panels. An address that cannot be read shows no numbers. */
export function PanelPage({ title, panels, compares = false, bare = false, filters, tools }: PanelPageProps) {
  const { problems } = useView();
  return (
    <>
      <PageHead title={title} compares={compares} bare={bare} filters={filters}>
        {tools}
      </PageHead>
      <div className="grid">
        <AddressNotes />
        {problems.length > 0
          ? null
          : panels.map((id) => {
              const { title: panelTitle, View } = panelOf(id);
              return (
                <PanelBoundary key={id} title={panelTitle}>
                  <View />
                </PanelBoundary>
              );
            })}
      </div>
    </>
  );
}
