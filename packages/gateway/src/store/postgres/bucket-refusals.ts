import type { Bilingual } from "@wecom-push/protocol"
import type { BucketError, BucketTrouble } from "../../files/bucket.ts"
import { StartRefusal } from "../../model/start-refusal.ts"

/** The texts of refusals for the bucket of files. `bucket` is its `shown`. */
export const bucketRefusals = {
  unusable: (bucket: string, error: BucketError, seconds: number) =>
    new StartRefusal(error.trouble === "unreachable" ? "files_unreachable" : "files_refused", {
      ...bucketProblem(bucket, error, seconds),
      cause: error,
    }),
  notNamed: (database: string) =>
    new StartRefusal("files_elsewhere", {
      problem: {
        en: `Files of ${database} are in a bucket, and none is named.`,
        zh: `${database} 的部分文件保存在存储桶中，但未指明存储桶。`,
      },
      hint: {
        en: "Set WECOM_PUSH_FILES_URL and what belongs to it as for the other gateways of this database.",
        zh: "请设置 WECOM_PUSH_FILES_URL 及相关设置，与使用该数据库的其他网关一致。",
      },
    }),
  another: (bucket: string, database: string) =>
    new StartRefusal("files_elsewhere", {
      problem: {
        en: `${bucket} is not where the files of ${database} are.`,
        zh: `${bucket} 中没有 ${database} 的文件。`,
      },
      hint: {
        en: "Correct WECOM_PUSH_FILES_URL. Where the files were lost, or the database was restored beside another bucket, start with --after-restore: it says how many are missing.",
        zh: "请更正 WECOM_PUSH_FILES_URL。若文件已丢失，或数据库恢复后改用了其他存储桶，请以 --after-restore 启动，网关会说明缺少多少文件。",
      },
    }),
}

/** The problem and the hint. @param seconds how long it was tried; 0: it was tried once */
export function bucketProblem(
  bucket: string,
  { trouble, message }: BucketError,
  seconds = 0,
): { readonly problem: Bilingual; readonly hint: Bilingual } {
  const isTriedFor = trouble === "unreachable" && seconds > 0
  const tried: Bilingual = isTriedFor ? { en: `, tried for ${seconds} s`, zh: `（已尝试 ${seconds} 秒）` } : NOTHING
  return {
    problem: {
      en: `The bucket ${bucket} ${WORDS[trouble].en}${tried.en}: ${message}.`,
      zh: `存储桶 ${bucket} ${WORDS[trouble].zh}${tried.zh}：${message}。`,
    },
    hint: HINTS[trouble],
  }
}

const NOTHING: Bilingual = { en: "", zh: "" }

const WORDS: Readonly<Record<BucketTrouble, Bilingual>> = {
  unreachable: { en: "cannot be reached", zh: "无法连接" },
  no_bucket: { en: "does not exist", zh: "不存在" },
  no_credentials: { en: "needs credentials, and none were found", zh: "需要访问凭证，但未找到" },
  wrong_credentials: { en: "does not accept these credentials", zh: "不接受当前的访问凭证" },
  denied: { en: "does not allow this", zh: "拒绝了该操作" },
  region: { en: "is in another region, or at another address", zh: "位于其他区域或其他地址" },
  clock: { en: "refuses the time of this machine", zh: "不接受本机的时间" },
  other: { en: "cannot be used", zh: "无法使用" },
}

const HINTS: Readonly<Record<BucketTrouble, Bilingual>> = {
  unreachable: {
    en: "Start the store, or correct WECOM_PUSH_FILES_ENDPOINT; HTTPS_PROXY is not used on this way.",
    zh: "请启动对象存储，或更正 WECOM_PUSH_FILES_ENDPOINT；此处不使用 HTTPS_PROXY。",
  },
  no_bucket: {
    en: "Create the bucket, or correct its name in WECOM_PUSH_FILES_URL; some stores need WECOM_PUSH_FILES_PATH_STYLE=true, others false.",
    zh: "请先创建该存储桶，或更正 WECOM_PUSH_FILES_URL 中的名称；有的存储需要 WECOM_PUSH_FILES_PATH_STYLE=true，有的需要 false。",
  },
  no_credentials: {
    en: "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (or AWS_SECRET_ACCESS_KEY_FILE), or give the machine a role.",
    zh: "请设置 AWS_ACCESS_KEY_ID 和 AWS_SECRET_ACCESS_KEY（或 AWS_SECRET_ACCESS_KEY_FILE），或为机器分配角色。",
  },
  wrong_credentials: {
    en: "Correct AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; a temporary key also needs AWS_SESSION_TOKEN.",
    zh: "请更正 AWS_ACCESS_KEY_ID 和 AWS_SECRET_ACCESS_KEY；临时密钥还需要 AWS_SESSION_TOKEN。",
  },
  denied: {
    en: "The key needs s3:GetObject, s3:PutObject and s3:DeleteObject below the prefix, and s3:ListBucket on the bucket.",
    zh: "该密钥需要前缀下的 s3:GetObject、s3:PutObject、s3:DeleteObject 权限，以及存储桶的 s3:ListBucket 权限。",
  },
  region: {
    en: "Correct WECOM_PUSH_FILES_REGION, or WECOM_PUSH_FILES_ENDPOINT.",
    zh: "请更正 WECOM_PUSH_FILES_REGION 或 WECOM_PUSH_FILES_ENDPOINT。",
  },
  clock: {
    en: "Let this machine take its time from NTP (timedatectl set-ntp true).",
    zh: "请让本机通过 NTP 校时（timedatectl set-ntp true）。",
  },
  other: {
    en: "Look at what the store said, and at the WECOM_PUSH_FILES_ settings.",
    zh: "请根据对象存储返回的信息检查以 WECOM_PUSH_FILES_ 开头的各项设置。",
  },
}
