import { simulateHalf } from "./simulation.ts";

simulateHalf("first");
