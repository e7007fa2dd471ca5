import { type Answer, answer, AwsError, document, element } from "../answer.ts";
import { refusal } from "../faults.ts";
import type { Call, Service } from "../operation.ts";

export const s3controlPath = "/v20180820/";
const xmlns = "http://awss3control.amazonaws.com/doc/2018-08-20/";

/** What holds for all buckets of an account. AWS puts the account before the host; here the header alone names it. */
export const s3control: Service = {
  protocol: "rest-xml-wrapped",
  route({ headers, method, path }) {
    if (method !== "GET" || path !== `${s3controlPath}configuration/publicAccessBlock`) return null;
    const account = headers["x-amz-account-id"] ?? "";
    return {
      api: "GetPublicAccessBlock",
      action: "s3:GetAccountPublicAccessBlock",
      resource: `account/${account}`,
      answer: (call) => publicAccessBlock(call, account),
    };
  },
};

function publicAccessBlock({ caller }: Call, account: string): Answer {
  if (account !== caller.account.id) throw refusal("s3", "Access Denied");
  const { publicAccessBlock: block } = caller.account;
  if (block === undefined)
    throw new AwsError(
      404,
      "NoSuchPublicAccessBlockConfiguration",
      "The public access block configuration was not found",
    );
  return answer("rest-xml-wrapped", document(element("PublicAccessBlockConfiguration", { ...block }, xmlns)));
}
