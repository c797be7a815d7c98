import type { components, operations } from "./api.ts"

type Schemas = components["schemas"]

/** The message to send: `to`, `msgtype`, and the payload under the name of its type, as WeCom documents it. */
export type Message = Schemas["Message"]
export type Audience = Schemas["Audience"]
export type BatchItem = Schemas["BatchItem"]
/** The message as it was accepted: the gateway has stored it. */
export type AcceptedMessage = operations["sendMessage"]["responses"][202]["content"]["application/json"]
export type BatchResult = operations["sendBatch"]["responses"][200]["content"]["application/json"][number]
export type MessageDetail = Schemas["MessageDetail"]
export type Recipient = Schemas["Recipient"]
