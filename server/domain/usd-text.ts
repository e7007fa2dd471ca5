const cents = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD" });
const small = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD", minimumFractionDigits: 4 });

/** `$1,284.00`, `$0.0042`; never $0.00 for an amount that is not nothing. */
export function usdText(usd: number): string {
  const size = Math.abs(usd);
  if (usd === 0 || size >= 1) return cents.format(usd);
  return size < 0.0001 ? `${usd < 0 ? "> -" : "< "}$0.0001` : small.format(usd);
}
