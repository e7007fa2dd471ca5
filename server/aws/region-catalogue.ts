/** Day on which the catalogue was right. */
export const catalogueDate = "2026-11-01";

/** Regions that offer Bedrock, by partition, as known then. The account's own list of regions comes on top. */
export const regionCatalogue: ReadonlyMap<string, readonly string[]> = new Map([
  [
    "aws",
    [
      "af-south-1",
      "ap-east-2",
      "ap-northeast-1",
      "ap-northeast-2",
      "ap-northeast-3",
      "ap-south-1",
      "ap-south-2",
      "ap-southeast-1",
      "ap-southeast-2",
      "ap-southeast-3",
      "ap-southeast-4",
      "ap-southeast-5",
      "ap-southeast-6",
      "ap-southeast-7",
      "ca-central-1",
      "ca-west-1",
      "eu-central-1",
      "eu-central-2",
      "eu-north-1",
      "eu-south-1",
      "eu-south-2",
      "eu-west-1",
      "eu-west-2",
      "eu-west-3",
      "il-central-1",
      "me-central-1",
      "me-south-1",
      "mx-central-1",
      "sa-east-1",
      "us-east-1",
      "us-east-2",
      "us-west-1",
      "us-west-2",
    ],
  ],
  ["aws-us-gov", ["us-gov-east-1", "us-gov-west-1"]],
  ["aws-eusc", ["eusc-de-east-1"]],
  ["aws-cn", []],
]);

/** Partitions that are known to be without Bedrock, with their regions. */
export const emptyPartitions: ReadonlyMap<string, readonly string[]> = new Map([
  ["aws-cn", ["cn-north-1", "cn-northwest-1"]],
]);
