import { Panel } from "../ui/panel.tsx";
import type { PanelSpec } from "./panel.ts";

const spots = [
  { what: "Batch jobs", why: "Model invocation jobs write their own output; their calls leave no record." },
  { what: "Bidirectional streams", why: "InvokeModelWithBidirectionalStream is not logged." },
  { what: "Other endpoints", why: "Only calls through bedrock-runtime are logged." },
] as const;

export const blindSpots: PanelSpec = {
  id: "blind-spots",
  title: "What these logs do not show",
  View: BlindSpots,
};

function BlindSpots() {
  return (
    <Panel
      title="What these logs do not show"
      foot={
        <span>
          Documented limits of the service, not gaps of this installation. No record is never proof of no use.
        </span>
      }
    >
      <div className="panel-body">
        <dl className="facts">
          {spots.map(({ what, why }) => (
            <Spot key={what} what={what} why={why} />
          ))}
        </dl>
      </div>
    </Panel>
  );
}

function Spot({ what, why }: { what: string; why: string }) {
  return (
    <>
      <dt>{what}</dt>
      <dd>{why}</dd>
    </>
  );
}
