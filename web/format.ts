const absent = "n/a";
const thin = "\u00a0";
const minus = "\u2212";

/** How numbers look on every page, in one locale; null is always "n/a", a money value is USD, a share is 0 to 1. */
export function numberFormats(locale: string | undefined) {
  const plain = (options: Intl.NumberFormatOptions) => new Intl.NumberFormat(locale, options);
  const whole = plain({ maximumFractionDigits: 2 });
  const short = plain({ notation: "compact", maximumSignificantDigits: 4 });
  const cents = plain({ style: "currency", currency: "USD", currencyDisplay: "narrowSymbol" });
  const dollars = plain({
    style: "currency",
    currency: "USD",
    currencyDisplay: "narrowSymbol",
    maximumFractionDigits: 0,
  });
  const fine = plain({ style: "currency", currency: "USD", currencyDisplay: "narrowSymbol", minimumFractionDigits: 4 });
  const shortUsd = plain({
    style: "currency",
    currency: "USD",
    currencyDisplay: "narrowSymbol",
    notation: "compact",
    maximumSignificantDigits: 3,
  });
  const tenths = plain({ minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const hundredths = plain({ minimumFractionDigits: 2, maximumFractionDigits: 2 });

  const count = (value: number | null | undefined) => (value == null ? absent : whole.format(value));

  function compact(value: number | null | undefined): string {
    if (value == null) return absent;
    return Math.abs(value) < 10_000 ? whole.format(value) : billions(short, value);
  }

  function usd(value: number | null | undefined): string {
    if (value == null) return absent;
    if (value === 0) return dollars.format(0);
    if (Math.abs(value) < 0.0001) return `${value < 0 ? `> ${minus}` : "< "}$0.0001`;
    return Math.abs(value) < 1 ? fine.format(value) : cents.format(value);
  }

  function usdCompact(value: number | null | undefined): string {
    return value == null || Math.abs(value) < 1_000 ? usd(value) : billions(shortUsd, value);
  }

  /** Of an axis: no cents where there are none. */
  function usdTick(value: number): string {
    return Number.isInteger(value) && Math.abs(value) < 1_000 ? dollars.format(value) : usdCompact(value);
  }

  /** Just under 100 % keeps two decimals, cut and not rounded: nearly all is not all. */
  function percent(share: number | null | undefined): string {
    if (share == null) return absent;
    const value = share * 100;
    if (value > 0 && value < 0.05) return `< ${tenths.format(0.1)}${thin}%`;
    if (value >= 99.95 && value < 100) return `${hundredths.format(Math.floor(value * 100) / 100)}${thin}%`;
    return `${tenths.format(value)}${thin}%`;
  }

  /** "+10.8 %"; null when there is nothing to compare with. */
  function change(now: number | null | undefined, before: number | null | undefined): string | null {
    if (now == null || before == null) return null;
    if (before === 0) return now === 0 ? "no change" : "new";
    const share = (now - before) / Math.abs(before);
    if (share === 0) return "no change";
    return `${share < 0 ? minus : "+"}${tenths.format(Math.abs(share * 100))}${thin}%`;
  }

  /** "+4": for counts too small for percents. */
  function difference(now: number | null | undefined, before: number | null | undefined): string | null {
    if (now == null || before == null) return null;
    if (now === before) return "no change";
    return `${now < before ? minus : "+"}${whole.format(Math.abs(now - before))}`;
  }

  return { count, compact, usd, usdCompact, usdTick, percent, change, difference };
}

/** Intl says "B" in some locales and "bn" in others; we always say "bn". */
function billions(format: Intl.NumberFormat, value: number): string {
  const parts = format.formatToParts(value);
  return parts.map((part) => (part.type === "compact" && part.value === "B" ? "bn" : part.value)).join("");
}

export const format = numberFormats(undefined);

/** "1 record", "1,284 records". */
export function counted(count: number, noun: string): string {
  return `${format.count(count)} ${noun}${count === 1 ? "" : "s"}`;
}
