import type { ComponentType } from "react";
import type { IconName } from "../ui/icon.tsx";

/** An address and what stands there. */
export interface Page {
  readonly id: string;
  /** Route pattern: `/findings/:id`. */
  readonly path: string;
  readonly title: string;
  /** In the navigation; null for a page that is reached from another one. */
  readonly icon: IconName | null;
  readonly View: ComponentType;
}
