import { z } from "zod";

/** Account × region: the unit that is audited. */
export const Target = z.object({ accountId: z.string(), region: z.string() });
export type Target = Readonly<z.infer<typeof Target>>;
