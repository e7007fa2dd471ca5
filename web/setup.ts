import { z } from "zod";

// Must run before any schema is made: zod would else try `new Function`, and the content security policy reports that.
z.config({ jitless: true });
