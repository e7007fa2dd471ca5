import { simulateHalf } from "./simulation.ts";

simulateHalf("second");
