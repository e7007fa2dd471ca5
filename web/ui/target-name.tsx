import { visibleText } from "../../server/domain/visible-text.ts";

interface TargetNameProps {
  readonly account: string;
  readonly region: string;
}

/** `111122223333/eu-central-1`: the part that differs is dark. */
export function TargetName({ account, region }: TargetNameProps) {
  return (
    <span className="id">
      {visibleText(account)}/<b>{visibleText(region)}</b>
    </span>
  );
}
