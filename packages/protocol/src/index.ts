export { checkBotMessage } from "./check-bot-message.ts"
export type { CardUpdateOptions } from "./check-card-update.ts"
export { checkCardUpdate } from "./check-card-update.ts"
export { checkChatChange, checkNewChat } from "./check-chat.ts"
export type { ChatChange, NewChat } from "./check-chat.ts"
export { checkDuplicateCheck } from "./check-duplicate-check.ts"
export { checkChatMessage, checkRobotMessage } from "./check-group-message.ts"
export { checkMessage, checkMessageOf, TRANSLATED_FIELDS } from "./check-message.ts"
export { checkSentMessage, checkTaskCardUpdate, SENT_MESSAGE_TYPES } from "./check-task-card.ts"
export { describeFault } from "./describe-fault.ts"
export { isCut, tolerate } from "./tolerate.ts"
export { endBeforeMark } from "./id-marks.ts"
export type { Fault, FaultRule, LimitUnit } from "./fault.ts"
export type { Bilingual, Language } from "./language.ts"
export {
  CHAT_CHANGES_PER_HOUR,
  CHAT_MEMBER_MESSAGES_PER_DAY,
  CHAT_MEMBER_MESSAGES_PER_MINUTE,
  CHAT_PERSON_TIMES_PER_HOUR,
  CHAT_PERSON_TIMES_PER_MINUTE,
  CHATS_PER_DAY,
  DEFAULT_DUPLICATE_CHECK_SECONDS,
  MAX_ARTICLES,
  MAX_BOT_MARKDOWN_BYTES,
  MAX_CHAT_MEMBERS,
  MAX_CHAT_NAME_CHARACTERS,
  MAX_DEPARTMENTS_PER_CALL,
  MAX_DUPLICATE_CHECK_SECONDS,
  MAX_FILE_BYTES,
  MAX_IMAGE_BYTES,
  MAX_INLINE_IMAGE_BYTES,
  MAX_MARKDOWN_BYTES,
  MAX_MPNEWS_CONTENT_BYTES,
  MAX_TAGS_PER_CALL,
  MAX_TEXT_BYTES,
  MAX_URL_BYTES,
  MAX_ROBOT_TEXT_BYTES_SEEN,
  MAX_USERS_PER_CALL,
  MAX_VIDEO_BYTES,
  MAX_VOICE_BYTES,
  MAX_VOICE_SECONDS,
  MEDIA_BYTES_FLOOR,
  MEDIA_LIFETIME_SECONDS,
  MEMBER_MESSAGES_PER_HOUR,
  MEMBER_MESSAGES_PER_MINUTE,
  MIN_CHAT_MEMBERS,
  RECALL_WINDOW_SECONDS,
  RESPONSE_CODE_LIFETIME_SECONDS,
  ROBOT_MESSAGES_PER_MINUTE,
  TOKEN_LIFETIME_SECONDS,
} from "./limits.ts"
export { ROBOT_MEDIA_TYPES, ROBOT_MESSAGE_TYPES } from "./group-message.ts"
export type {
  ChatMessage,
  ChatMessageType,
  ChatMpNewsMessage,
  ChatTextCardMessage,
  ChatTextMessage,
  InlineImage,
  MarkdownV2Message,
  MentioningText,
  RobotFileMessage,
  RobotImageMessage,
  RobotMediaType,
  RobotMessage,
  RobotMessageType,
  RobotTextMessage,
} from "./group-message.ts"
export { MESSAGE_TYPES } from "./message.ts"
export type {
  AppMessage,
  DuplicateCheck,
  FileMessage,
  IdTranslation,
  ImageMessage,
  Markdown,
  MarkdownMessage,
  Media,
  MessageOf,
  MessageType,
  MiniProgramNotice,
  MiniProgramNoticeMessage,
  MpNews,
  MpNewsArticle,
  MpNewsMessage,
  News,
  NewsArticle,
  NewsMessage,
  NoticeItem,
  Recipients,
  Safe,
  SendBody,
  TemplateCardMessage,
  Text,
  TextCard,
  TextCardMessage,
  TextMessage,
  Video,
  VideoMessage,
  VoiceMessage,
} from "./message.ts"
export type { TaskCard, TaskCardButton } from "./task-card.ts"
export { CARD_TYPES } from "./template-card.ts"
export type {
  ActionMenu,
  ButtonInteractionCard,
  ButtonSelection,
  CardButton,
  CardImage,
  CardType,
  CardUpdateBody,
  CardUpdateContent,
  CardUpdateHandle,
  CardUpdateTarget,
  Checkbox,
  EmphasisContent,
  HorizontalContent,
  ImageTextArea,
  Jump,
  JumpItem,
  MainTitle,
  MenuAction,
  MultipleInteractionCard,
  NewsNoticeCard,
  NoJump,
  Option,
  QuoteArea,
  Select,
  Source,
  SubmitButton,
  TemplateCard,
  TextNoticeCard,
  UpdatedTemplateCard,
  VerticalContent,
  VoteInteractionCard,
} from "./template-card.ts"
export type { EmailFault, MobileCheck, MobileFault, UseridFault } from "./address.ts"
export {
  checkEmail,
  checkMobile,
  checkUserid,
  hasMobileLength,
  isUserid,
  maskEmail,
  maskMobile,
  MOBILE_CHECKS,
  sameUserid,
  useridKey,
} from "./address.ts"
export type { ErrcodeClass, ErrcodeEntry, ErrcodeRetry } from "./errcode-entry.ts"
export { classifyErrcode, describeErrcode, errcodeEntries, lookUpErrcode } from "./errcodes.ts"
export { escapeMarkdown } from "./text/escape-markdown.ts"
export type { BadText, DecodedText } from "./text/bad-text.ts"
export { decodeUtf8, findBadText, storableText } from "./text/bad-text.ts"
export { JSON_REPAIRS, repairJson } from "./text/repair-json.ts"
export type { JsonRepair, RepairedJson } from "./text/repair-json.ts"
export { byteLength } from "./text/byte-length.ts"
export { cutBytesLikeWeCom } from "./text/cut-bytes.ts"
export { cutCharacters } from "./text/cut-characters.ts"
export type { CutOptions } from "./text/cut.ts"
export { cutText } from "./text/cut.ts"
export type { SplitOptions } from "./text/split.ts"
export { MIN_SPLIT_BYTES, splitText } from "./text/split.ts"
export type { Markup } from "./text/markup.ts"
export { amrDurationMs } from "./media/amr.ts"
export { checkMedia } from "./media/check-media.ts"
export { checkSafeFile } from "./media/check-safe-file.ts"
export type { MediaFacts, MediaPlace } from "./media/check-media.ts"
export { mapMediaIds } from "./media/media-ids.ts"
export type { MediaIdPlace } from "./media/media-ids.ts"
export { MEDIA_RULES, MEDIA_TYPES } from "./media/media-type.ts"
export type { MediaRule, MediaType, MediaUse } from "./media/media-type.ts"
export { uploadedFilename, uploadPartRank } from "./media/upload-part.ts"
export type { UploadPart } from "./media/upload-part.ts"
export { apiTarget } from "./api-target.ts"
export { unservedPath } from "./unserved-path.ts"
