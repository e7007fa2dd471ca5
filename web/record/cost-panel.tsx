import type { InvocationRecord } from "../../server/domain/invocation-answers.ts";
import { visibleText } from "../../server/domain/visible-text.ts";
import { format } from "../format.ts";
import { Panel } from "../ui/panel.tsx";
import { allTokens } from "./tokens.ts";

/** Tokens by kind, and what they cost together at list price. */
export function CostPanel({ record: { invocation, price } }: { record: InvocationRecord }) {
  const kinds = [
    { name: "Input", count: invocation.inputTokens },
    { name: "Output", count: invocation.outputTokens },
    { name: "Cache read", count: invocation.cacheReadTokens },
    { name: "Cache write", count: invocation.cacheWriteTokens },
    { name: "of these for 1 h", count: invocation.cacheWrite1hTokens },
  ];
  return (
    <Panel title="Tokens and cost" width="c4" fill foot={<PriceWords price={price} />}>
      <table className="flush">
        <caption className="vh">Tokens by kind</caption>
        <thead>
          <tr>
            <th scope="col">Kind</th>
            <th scope="col" className="r">
              Tokens
            </th>
          </tr>
        </thead>
        <tbody>
          {kinds.map(({ name, count }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td className="r">{count === null ? <span className="muted">n/a</span> : format.count(count)}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr className="total">
            <th scope="row">All</th>
            <td className="r">{format.count(allTokens(invocation))}</td>
          </tr>
          <tr className="total">
            <th scope="row">Cost, estimated</th>
            <td className="r">{format.usd(price?.costUsd)}</td>
          </tr>
        </tfoot>
      </table>
    </Panel>
  );
}

function PriceWords({ price }: { price: InvocationRecord["price"] }) {
  if (price === null) return <span>No price applies: no tokens are recorded.</span>;
  const { costUsd, source, date, flags, key } = price;
  return (
    <span className="wrap">
      {costUsd === null ? "No list price is known." : `List price of ${visibleText(date ?? "an unknown date")}`}
      {source === null ? null : `, ${visibleText(source)}`}
      {flags.length === 0 ? null : ` · assumed: ${flags.map(visibleText).join(", ")}`}
      <br />
      <code>{visibleText(key)}</code>
    </span>
  );
}
