export { GatewayClient } from "./client.ts"
export type { CallOptions, GatewayClientOptions, RecipientsOptions, SendOptions } from "./client.ts"
export { ProblemError, UnreachableError } from "./errors.ts"
export type { FieldError, Problem } from "./errors.ts"
export type {
  AcceptedMessage,
  Audience,
  BatchItem,
  BatchResult,
  Message,
  MessageDetail,
  Recipient,
} from "./messages.ts"
export type { FollowOptions } from "./events/follow.ts"
export type { AppEvent, CallbackEvent, GatewayEvent, MessageAccepted, MessageProgress, Reset } from "./events/event.ts"
export type { components, operations, paths } from "./api.ts"
