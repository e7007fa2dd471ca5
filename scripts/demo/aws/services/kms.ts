import { type Answer, answer, AwsError } from "../answer.ts";
import type { Call, Service } from "../operation.ts";
import { jsonTarget } from "./json-target.ts";

interface DescribeKey {
  readonly KeyId?: string;
}

export const kms: Service = {
  protocol: "json-1.1",
  route(request) {
    const { api, input } = jsonTarget<DescribeKey>(request);
    if (api !== "DescribeKey") return null;
    const id = input.KeyId ?? "";
    return { api, action: "kms:DescribeKey", resource: id, answer: (call) => describeKey(call, id) };
  },
};

/** By its id or ARN. */
function describeKey({ caller, now, region }: Call, wanted: string): Answer {
  const arnOf = (id: string): string => `arn:aws:kms:${region}:${caller.account.id}:key/${id}`;
  const key = (caller.account.keys ?? []).find(
    ({ id, region: where }) => where === region && (id === wanted || arnOf(id) === wanted),
  );
  if (key === undefined) throw new AwsError(400, "NotFoundException", `Key '${wanted}' does not exist`);
  const { id, state } = key;
  const KeyMetadata = {
    AWSAccountId: caller.account.id,
    KeyId: id,
    Arn: arnOf(id),
    CreationDate: 1_700_000_000,
    Enabled: state === "Enabled",
    Description: "",
    KeyUsage: "ENCRYPT_DECRYPT",
    KeyState: state,
    ...(state === "PendingDeletion" ? { DeletionDate: Math.floor(now / 1_000) + 7 * 86_400 } : {}),
    Origin: "AWS_KMS",
    KeyManager: "CUSTOMER",
    CustomerMasterKeySpec: "SYMMETRIC_DEFAULT",
    KeySpec: "SYMMETRIC_DEFAULT",
    EncryptionAlgorithms: ["SYMMETRIC_DEFAULT"],
    MultiRegion: false,
  };
  return answer("json-1.1", JSON.stringify({ KeyMetadata }));
}
