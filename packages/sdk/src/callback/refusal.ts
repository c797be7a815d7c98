import type { Bilingual, Language } from "@wecom-push/protocol"

/** Why a request was refused as not coming from WeCom, or could not be checked. */
export type CallbackRefusalReason =
  | "method"
  | "query"
  | "stale"
  | "too_large"
  | "body_read"
  | "xml"
  | "signature"
  | "undecipherable"
  | "receive_id"

export interface CallbackRefusal {
  readonly reason: CallbackRefusalReason
  /** The HTTP status of the answer. */
  readonly status: number
  /** The fault and where to look, in the language of the options. */
  readonly message: string
}

export function refusalFor(reason: CallbackRefusalReason, language: Language): CallbackRefusal {
  const { status, sentence } = REFUSALS[reason]
  return { reason, status, message: sentence[language] }
}

const REFUSALS: Readonly<Record<CallbackRefusalReason, { readonly status: number; readonly sentence: Bilingual }>> = {
  method: {
    status: 405,
    sentence: {
      en: "The request is neither GET nor POST; WeCom sends nothing else.",
      zh: "请求方法既不是 GET 也不是 POST，不是企业微信发来的请求。",
    },
  },
  query: {
    status: 400,
    sentence: {
      en: "msg_signature, timestamp, nonce or echostr is missing in the query; if it is WeCom's, see whether a proxy drops the query.",
      zh: "查询参数缺少 msg_signature、timestamp、nonce 或 echostr。如果确实来自企业微信，请检查代理是否丢掉了查询参数。",
    },
  },
  stale: {
    status: 403,
    sentence: {
      en: "The timestamp is further from this machine's clock than maxAgeMs: a replay, or one of the clocks is wrong.",
      zh: "timestamp 与本机时间相差超过 maxAgeMs：可能是重放请求，也可能是时钟不准。",
    },
  },
  too_large: {
    status: 413,
    sentence: {
      en: "The body is longer than maxBodyBytes.",
      zh: "请求体超过 maxBodyBytes。",
    },
  },
  body_read: {
    status: 500,
    sentence: {
      en: 'The body was read before the callback handler saw it, which needs it as it came: register the handler before express.json(), express.urlencoded() and other body parsers, or let express.text({ type: "*/*" }) read it for this path. In Fastify, register it in a scope of its own with addContentTypeParser("*", (request, payload, done) => done(null)).',
      zh: '请求体在回调处理函数之前已被读取，而验签需要原始请求体：请把回调处理函数注册在 express.json()、express.urlencoded() 等请求体解析中间件之前，或在此路径上改用 express.text({ type: "*/*" })。Fastify 请在单独的作用域中注册，并使用 addContentTypeParser("*", (request, payload, done) => done(null))。',
    },
  },
  xml: {
    status: 400,
    sentence: {
      en: "The body is not the XML of a WeCom callback.",
      zh: "请求体不是企业微信回调的 XML。",
    },
  },
  signature: {
    status: 403,
    sentence: {
      en: "The signature is wrong: compare the Token here with the one in the app's settings (接收消息).",
      zh: "签名不对：请核对此处的 Token 与应用“接收消息”设置中的 Token 是否一致。",
    },
  },
  undecipherable: {
    status: 400,
    sentence: {
      en: "The signature is right, but the body cannot be decrypted: compare the EncodingAESKey with the one in the app's settings (接收消息).",
      zh: "签名正确但无法解密：请核对此处的 EncodingAESKey 与应用“接收消息”设置中的是否一致。",
    },
  },
  receive_id: {
    status: 403,
    sentence: {
      en: "It is for another receiver: receiveId is the corp id, for a third-party app the suite id.",
      zh: "接收方不符：receiveId 应为企业 ID（第三方应用为 suite id）。",
    },
  },
}
