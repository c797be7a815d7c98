// The client: everything is reached from it.
export { WeCom } from "./client.ts"
export type { WeComOptions } from "./client-options.ts"
export { Robot } from "./robot/robot.ts"
export type { RobotOptions, RobotSendOptions } from "./robot/robot.ts"
export type { SendableRobotMessage } from "./robot/robot-message.ts"
export { WeComError } from "./wecom-error.ts"
export type { WeComErrorCode, WeComErrorClass } from "./wecom-error.ts"

// Smart robots.
export { Bot } from "./bot/bot.ts"
export type { BotTarget } from "./bot/bot.ts"
export type { BotOptions } from "./bot/options.ts"
export type { BotEvent } from "./bot/events.ts"
export type { BotState } from "./bot/frame.ts"
export type { SendableBotMessage } from "./bot/messages.ts"

// Messages.
export {
  file,
  image,
  markdown,
  markdownV2,
  miniprogramNotice,
  mpnews,
  news,
  templateCard,
  text,
  textCard,
  video,
  voice,
} from "./builders.ts"
export type { SendableMessage } from "./send/message-files.ts"
export type { MediaSource } from "./media/media-source.ts"

// Sending, and its outcome.
export type { Audience } from "./send/audience.ts"
export type { SendOptions, Progress, SendPlan } from "./send/send.ts"
export type { Overflow } from "./send/overflow.ts"
export type { SendResult } from "./wecom-error.ts"
export type { RecipientOutcome, RecipientState, RecipientType, CallOutcome } from "./outcome.ts"
export type { Warning } from "./warning.ts"
export { explainReason } from "@wecom-push/protocol/delivery"
export type { Reason } from "@wecom-push/protocol/delivery"
export type { ManyOptions, SendWait, SendJournal, JournalRow } from "./send/send-to-many.ts"

// Group chats of an app.
export type { Chats, ChatInfo } from "./chats/chats.ts"
export type { ChatSendOptions, SendableChatMessage } from "./chats/send-to-chat.ts"
export type { ChatChange, NewChat } from "@wecom-push/protocol"

// People, media, cards, the app.
export type { Address } from "./people/question.ts"
export type { LookUpOptions, BulkLookUpOptions } from "./client.ts"
export type { LookupResult, LookupOutcome } from "./people/lookup-outcome.ts"
export type { UploadOptions, UploadedMedia, DownloadOptions } from "./media/media.ts"
export type { MediaDownload } from "./media/download.ts"
export type { PressedCard, CardUpdateResult } from "./update-card.ts"
export type { AgentInfo } from "./agent-info.ts"
export type { Department, Member, MembersOptions, Tag, TagMembers } from "./contacts/contacts.ts"
export type { CallOptions } from "./simple-call.ts"

// Stores: what is kept between processes.
export type { TokenStore } from "./token-store.ts"
export { fileTokenStore } from "./token/file-token-store.ts"
export { memoryTokenStore } from "./token/memory-token-store.ts"
export { clientTokenStore } from "./token/client-token-store.ts"
export type { LookupStore } from "./lookup-store.ts"
export { fileLookupStore } from "./people/file-lookup-store.ts"
export { memoryLookupStore } from "./people/memory-lookup-store.ts"
export type { MediaStore } from "./media-store.ts"
export { fileMediaStore } from "./media/file-media-store.ts"
export { memoryMediaStore } from "./media/memory-media-store.ts"

// Transports, hooks and clock: for programs that bring their own.
export type { Transport, TransportRequest, TransportResponse } from "./transport.ts"
export { TransportFault } from "./transport.ts"
export { undiciTransport } from "./transport-undici.ts"
export { httpsTransport } from "./transport-https.ts"
export { fetchTransport } from "./transport-fetch.ts"
export type { ApiHooks } from "./wire/hooks.ts"
export type { Clock } from "./clock.ts"
