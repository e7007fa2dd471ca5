import { z } from "zod";
import {
  ControlAnswer,
  Controls,
  HistoryQuery,
  HourCoverageQuery,
  Ledger,
  QuarantineEntry,
  RunSnapshotAnswer,
} from "./compliance-answers.ts";
import { ComplianceHistory } from "./compliance.ts";
import { IngestFinding, TargetCoverage } from "./coverage.ts";
import { permissions, type Endpoint, type FileStream } from "./endpoint.ts";
import { ExportManifest, ExportRequest, ExportTicket } from "./export.ts";
import { FindingDetail, FindingPage, FindingQuery, TriageRequest } from "./finding-answers.ts";
import { TriageEvent } from "./finding.ts";
import { HourCoverage } from "./hour-coverage.ts";
import { InvocationPage, InvocationQuery, InvocationRecord, RevealedContent } from "./invocation-answers.ts";
import { LedgerDay, LedgerLaw, SourceDay, SourceDayQuery } from "./ledger.ts";
import { MetricQuery, MetricResult } from "./metric.ts";
import { Status } from "./status.ts";
import { TrailEntry } from "./trail-entry.ts";

const nothing = z.strictObject({});

const prefix = "/api/v1";

export const api = {
  status: {
    method: "GET",
    path: `${prefix}/status`,
    permission: "metrics.read",
    summary: "How good the evidence is: completeness, logging, prices, open findings.",
    input: nothing,
    output: Status,
  },
  metrics: {
    method: "POST",
    path: `${prefix}/metrics`,
    permission: "metrics.read",
    turn: "shared",
    summary: "Measures by dimensions over a time range.",
    input: MetricQuery,
    output: MetricResult,
  },
  invocations: {
    method: "POST",
    path: `${prefix}/invocations/query`,
    permission: "invocations.read",
    turn: "shared",
    summary: "Invocations of a filter, newest first, without content.",
    input: InvocationQuery,
    output: InvocationPage,
  },
  invocation: {
    method: "GET",
    path: `${prefix}/invocations/:id`,
    permission: "invocations.read",
    turn: "shared",
    summary: "One invocation with outline, signals, price and provenance. `time` makes it quick.",
    input: z.strictObject({ id: z.string().max(400), time: z.string().max(40).optional() }),
    output: InvocationRecord,
  },
  reveal: {
    method: "POST",
    path: `${prefix}/invocations/:id/reveal`,
    permission: "content.read",
    turn: "own",
    summary: "The content of one invocation. Its trail entry is written first.",
    input: z.strictObject({
      id: z.string().max(400),
      time: z.string().max(40).optional(),
      reason: z.string().max(500).optional(),
      ticket: z.string().max(100).optional(),
    }),
    output: RevealedContent,
  },
  exportStart: {
    method: "POST",
    path: `${prefix}/exports`,
    permission: "export",
    summary: "Makes a file of all invocations of a filter ready to be fetched, once, within a minute.",
    input: ExportRequest,
    output: ExportTicket,
  },
  exportFile: {
    method: "GET",
    path: `${prefix}/exports/:id`,
    permission: "export",
    summary:
      "The file, newest invocation first, without content. Its trail entry is written first. A file that is cut never ends well.",
    input: z.strictObject({ id: z.string().max(64) }),
    output: z.custom<FileStream>(),
    mediaType: "application/octet-stream",
    streams: true,
  },
  exportManifest: {
    method: "GET",
    path: `${prefix}/exports/:id/manifest`,
    permission: "export",
    summary: "What the file is: rows, bytes, SHA-256, columns, range, and whether it is whole. Kept for ten minutes.",
    input: z.strictObject({ id: z.string().max(64) }),
    output: ExportManifest,
  },
  findings: {
    method: "POST",
    path: `${prefix}/findings/query`,
    permission: "findings.read",
    summary: "Findings of a range, the gravest and newest first.",
    input: FindingQuery,
    output: FindingPage,
  },
  finding: {
    method: "GET",
    path: `${prefix}/findings/:id`,
    permission: "findings.read",
    summary: "One finding, its rule's words and its triage history.",
    input: z.strictObject({ id: z.string().max(64) }),
    output: FindingDetail,
  },
  triage: {
    method: "POST",
    path: `${prefix}/findings/:id/triage`,
    permission: "findings.triage",
    summary: "One act of judging a finding.",
    input: TriageRequest,
    output: TriageEvent,
  },
  controls: {
    method: "GET",
    path: `${prefix}/controls`,
    permission: "compliance.read",
    summary: "The controls and the newest check of every target.",
    input: nothing,
    output: Controls,
  },
  control: {
    method: "GET",
    path: `${prefix}/controls/:id`,
    permission: "compliance.read",
    summary: "One control, and what the newest check says of every target.",
    input: z.strictObject({ id: z.string().max(80) }),
    output: ControlAnswer,
  },
  snapshot: {
    method: "GET",
    path: `${prefix}/snapshots/:id`,
    permission: "compliance.read",
    summary: "What a run of the check saw: its report, and the facts that it was judged from.",
    input: z.strictObject({ id: z.string().max(64) }),
    output: RunSnapshotAnswer,
  },
  pack: {
    method: "POST",
    path: `${prefix}/packs`,
    permission: "packs.create",
    summary: "Evidence of one run of the check as a ZIP that others can check. Its trail entry is written first.",
    input: z.strictObject({
      run: z.string().max(64),
      reason: z.string().max(500).optional(),
      ticket: z.string().max(100).optional(),
    }),
    output: z.instanceof(Uint8Array),
    mediaType: "application/zip",
  },
  coverage: {
    method: "GET",
    path: `${prefix}/coverage`,
    permission: "compliance.read",
    summary:
      "Per target: complete through when, and why not further; whether the conservation law holds; what reading found at the sources, the newest 100 of a kind.",
    input: nothing,
    output: z.object({ targets: z.array(TargetCoverage), law: LedgerLaw, findings: z.array(IngestFinding) }),
  },
  complianceHistory: {
    method: "GET",
    path: `${prefix}/compliance/history`,
    permission: "compliance.read",
    summary: "Runs of the check, and the verdicts that changed between them: the newest, at most 500 and 1,000.",
    input: HistoryQuery,
    output: ComplianceHistory,
  },
  complianceCoverage: {
    method: "GET",
    path: `${prefix}/compliance/coverage`,
    permission: "compliance.read",
    turn: "shared",
    summary: "Per target and hour: how much of the calls is stored. A page of targets, by account and region.",
    input: HourCoverageQuery,
    output: HourCoverage,
  },
  ledger: {
    method: "GET",
    path: `${prefix}/ledger`,
    permission: "compliance.read",
    summary: "read = stored + duplicates + quarantined + ignored, in total, by source and by day.",
    input: nothing,
    output: Ledger,
  },
  sourceDays: {
    method: "GET",
    path: `${prefix}/ledger/days`,
    permission: "compliance.read",
    summary: "The same law for each UTC day of one source, and how many of its units wait or are lost.",
    input: z.strictObject({ source: z.string().max(400) }),
    output: z.object({ days: z.array(LedgerDay) }),
  },
  sourceDay: {
    method: "GET",
    path: `${prefix}/ledger/units`,
    permission: "compliance.read",
    summary: "The same law for each window and unit of a source on a UTC day: what waits or was refused first.",
    input: SourceDayQuery,
    output: SourceDay,
  },
  quarantine: {
    method: "GET",
    path: `${prefix}/quarantine`,
    permission: "compliance.read",
    summary: "Lines and objects that could not be read as records, newest first, at most 500.",
    input: nothing,
    output: z.object({ items: z.array(QuarantineEntry), total: z.number().int() }),
  },
  trail: {
    method: "GET",
    path: `${prefix}/trail`,
    permission: "trail.read",
    summary: "The newest entries of the access trail, at most 200.",
    input: nothing,
    output: z.object({ items: z.array(TrailEntry) }),
  },
  me: {
    method: "GET",
    path: `${prefix}/me`,
    permission: "signed-in",
    summary: "Who is asking, with which permissions.",
    input: nothing,
    output: z.object({ actor: z.string(), permissions: z.array(z.enum(permissions)) }),
  },
} as const satisfies Record<string, Endpoint>;
