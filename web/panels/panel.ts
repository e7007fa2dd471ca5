import type { ComponentType } from "react";

/** A question and a way to draw it. The file's name is its id. */
export interface PanelSpec {
  readonly id: string;
  /** Its name where it cannot be drawn. */
  readonly title: string;
  readonly View: ComponentType;
}
