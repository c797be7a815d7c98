export type { PassiveReply } from "@wecom-push/protocol/callback"
export type {
  ActivityEvent,
  BatchJobEvent,
  CallbackEvent,
  CardEvent,
  CardMenuEvent,
  ContactEvent,
  EnterAgentEvent,
  ImageReceived,
  LinkReceived,
  LocationEvent,
  LocationReceived,
  LocationSelectEvent,
  MenuEvent,
  PictureEvent,
  ScanEvent,
  SelectedItem,
  TaskCardEvent,
  TextReceived,
  UnknownEvent,
  UploadEvent,
  VideoReceived,
  VisibilityEvent,
  VoiceReceived,
} from "./event.ts"
export { createFetchCallbackHandler } from "./fetch-handler.ts"
export type { FetchCallbackContext, FetchCallbackHandler } from "./fetch-handler.ts"
export { createCallbackHandler } from "./node-handler.ts"
export type { NodeCallbackHandler } from "./node-handler.ts"
export type { CallbackOptions } from "./options.ts"
export { CallbackReceiver } from "./receiver.ts"
export type { CallbackAnswer, CallbackRequest } from "./receiver.ts"
export type { CallbackRefusal, CallbackRefusalReason } from "./refusal.ts"
