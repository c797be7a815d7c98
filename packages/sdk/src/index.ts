export type { Api, ApiAnswer, ApiDownload, ApiRequest } from "./api.ts"
export { systemClock } from "./clock.ts"
export { REQUEST_SOCKETS } from "./transport/socket-limits.ts"
export type { Clock } from "./clock.ts"
export { createApi } from "./create-api.ts"
export type { ApiOptions } from "./create-api.ts"
export { refusedError } from "./make-error.ts"
export type { Refusal } from "./make-error.ts"
export { clientTokenStore } from "./token/client-token-store.ts"
export type { KeyValueClient } from "./token/client-token-store.ts"
export { fileTokenStore } from "./token/file-token-store.ts"
export type { FileTokenStoreOptions } from "./token/file-token-store.ts"
export { memoryTokenStore } from "./token/memory-token-store.ts"
export type { TokenRecord, TokenStore } from "./token-store.ts"
export { fetchTransport } from "./transport-fetch.ts"
export { httpsTransport } from "./transport-https.ts"
export type { HttpsTransportOptions } from "./transport-https.ts"
export { loadUndici, undiciTransport } from "./transport-undici.ts"
export type { UndiciTransportOptions } from "./transport-undici.ts"
export { MAX_ANSWER_BYTES, TransportFault } from "./transport.ts"
export type {
  Transport,
  TransportDownload,
  TransportFaultKind,
  TransportRequest,
  TransportResponse,
} from "./transport.ts"
export { proxyPicker } from "./transport/proxy.ts"
export type { ProxySettings } from "./transport/proxy.ts"
export { WeComError } from "./wecom-error.ts"
export type { WeComErrorClass, WeComErrorCode, WeComErrorDetails, WeComFailure } from "./wecom-error.ts"
export { DEFAULT_BASE_URL } from "./wire/base-url.ts"
export type { AnswerEvent, ApiEvent, ApiHooks, FailureEvent, TokenEvent, WarningEvent } from "./wire/hooks.ts"
export type { AgentInfo } from "./agent-info.ts"
export {
  file,
  image,
  markdown,
  miniprogramNotice,
  mpnews,
  news,
  templateCard,
  text,
  textCard,
  video,
  voice,
} from "./builders.ts"
export type { WeComOptions } from "./client-options.ts"
export { WeCom } from "./client.ts"
export type { BulkLookUpOptions, LookUpOptions } from "./client.ts"
export type { LookupPause, LookupRecord, LookupStore } from "./lookup-store.ts"
export type { CallOutcome, RecipientOutcome, RecipientState, RecipientType, SendResult } from "./outcome.ts"
export { fileLookupStore } from "./people/file-lookup-store.ts"
export type { FileLookupStoreOptions } from "./people/file-lookup-store.ts"
export type { MediaRecord, MediaStore } from "./media-store.ts"
export type { ByteRange, MediaDownload } from "./media/download.ts"
export { checkMediaSource, examine as examineMedia } from "./media/examine.ts"
export type { Examined, MediaFile } from "./media/examine.ts"
export { openFileBlob } from "./media/file-blob.ts"
export { fileMediaStore } from "./media/file-media-store.ts"
export type { FileMediaStoreOptions } from "./media/file-media-store.ts"
export type { MediaContent, MediaSource, WithFiles } from "./media/media-source.ts"
export type { DownloadOptions, Media, UploadedMedia, UploadOptions } from "./media/media.ts"
export { carry as carryFile } from "./media/uploader.ts"
export { multipartOf } from "./media/multipart.ts"
export type { Form, FormParts } from "./media/multipart.ts"
export { memoryMediaStore } from "./media/memory-media-store.ts"
export { normalizeEmail } from "./people/email.ts"
export { mobileByLength, mobileToAsk, normalizeMobile, whyNoMobile } from "./people/mobile.ts"
export type { LookupOutcome, LookupResult } from "./people/lookup-outcome.ts"
export { lookupKeys } from "./people/lookup-key.ts"
export type { LookupKeys } from "./people/lookup-key.ts"
export { memoryLookupStore } from "./people/memory-lookup-store.ts"
export { LOOKUP_PACE } from "@wecom-push/protocol/delivery"
export { Pace } from "./people/pace.ts"
export type { PaceRule, PaceWait } from "./people/pace.ts"
export { LookupGate } from "./people/pause.ts"
export { keyAtOnce, questionFor } from "./people/question.ts"
export type { Address, EmailType, Question } from "./people/question.ts"
export { explainReason } from "@wecom-push/protocol/delivery"
export type { Reason, ReasonWord } from "@wecom-push/protocol/delivery"
export { checkAudience } from "./send/audience.ts"
export type { Audience, Everybody, NamedAudience } from "./send/audience.ts"
export { canBeSplit, checkContent, fitMessage } from "./send/overflow.ts"
export type { Overflow, Tolerance } from "./send/overflow.ts"
export type { Earlier, PlannedRecipient } from "./send/recipients.ts"
export type { SendableMessage } from "./send/message-files.ts"
export type { PlannedCall, PlannedUpload, Progress, SendOptions, SendPlan } from "./send/send.ts"
export type { JournalRow, ManyOptions, SendJournal, SendWait } from "./send/send-to-many.ts"
export type { Fate, Target } from "./send/target.ts"
export type { CallOptions } from "./simple-call.ts"
export type { CardUpdateResult, PressedCard } from "./update-card.ts"
export type { Warning } from "./warning.ts"
