import { describe, expect, it } from "vitest";
import { parseLoggingConfiguration } from "../../server/aws/logging-configuration.ts";
import { UnreadableAnswer } from "../../server/aws/raw-answer.ts";

const off = { set: false, s3: null, cloudWatch: null };

describe("a logging configuration", () => {
  it.each([[{}], [{ loggingConfig: {} }], [{ loggingConfig: null }]])("%j is not set", (raw) => {
    expect(parseLoggingConfiguration(raw)).toMatchObject(off);
  });

  it("with flags alone is set, and names no destination", () => {
    const read = parseLoggingConfiguration({ loggingConfig: { textDataDeliveryEnabled: true } });
    expect(read).toMatchObject({ set: true, s3: null, cloudWatch: null });
    expect(read.delivered).toEqual({ text: true, image: null, embedding: null, video: null, audio: null });
  });

  it("takes an empty name for none", () => {
    const raw = { loggingConfig: { s3Config: { bucketName: "" }, cloudWatchConfig: { logGroupName: "" } } };
    expect(parseLoggingConfiguration(raw)).toMatchObject({ set: true, s3: null, cloudWatch: null });
  });

  it("knows where large bodies go", () => {
    const largeDataDeliveryS3Config = { bucketName: "large", keyPrefix: "p/" };
    const raw = {
      loggingConfig: { cloudWatchConfig: { logGroupName: "/g", roleArn: "arn", largeDataDeliveryS3Config } },
    };
    expect(parseLoggingConfiguration(raw).cloudWatch).toEqual({
      logGroup: "/g",
      roleArn: "arn",
      largeData: { bucket: "large", prefix: "p/" },
    });
  });

  it.each([
    [{ Message: "ok" }],
    [{ loggingConfig: "on" }],
    [{ loggingConfig: { elsewhereConfig: { name: "x" } } }],
    [{ loggingConfig: { s3Config: { bucketName: 7 } } }],
    [{ loggingConfig: { textDataDeliveryEnabled: "yes" } }],
  ])("%j is an answer that we cannot read, not: off", (raw) => {
    expect(() => parseLoggingConfiguration(raw)).toThrow(UnreadableAnswer);
  });
});
