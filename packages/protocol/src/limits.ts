/** WeCom's limits. Units are in the names; "bytes" are bytes of UTF-8. @see wecom document 90236, 90312 */
export const MAX_USERS_PER_CALL = 1000
export const MAX_DEPARTMENTS_PER_CALL = 100
export const MAX_TAGS_PER_CALL = 100

export const MAX_TEXT_BYTES = 2048
export const MAX_MARKDOWN_BYTES = 2048
/** The limits of a group robot. @see wecom document 99110 */
export const MAX_ROBOT_MARKDOWN_BYTES = 4096
/** The limit of a group robot's text as observed; the documentation says 2048. */
export const MAX_ROBOT_TEXT_BYTES_SEEN = 5120
export const ROBOT_MESSAGES_PER_MINUTE = 20
/**
 * The limit of a smart robot, taken from its official client, since the documentation names none for a sent message.
 * @see wecom document 101463
 */
export const MAX_BOT_MARKDOWN_BYTES = 20_480
/** "666 K" in the documentation, which does not say whether K is 1024. */
export const MAX_MPNEWS_CONTENT_BYTES = 666 * 1024
export const MAX_ARTICLES = 8
export const MAX_URL_BYTES = 2048

export const DEFAULT_DUPLICATE_CHECK_SECONDS = 1800
export const MAX_DUPLICATE_CHECK_SECONDS = 14_400

export const RECALL_WINDOW_SECONDS = 24 * 3600
export const RESPONSE_CODE_LIFETIME_SECONDS = 72 * 3600
export const TOKEN_LIFETIME_SECONDS = 7200

/** The limits of a group chat that an app makes. @see wecom document 90245, 90248 */
export const MAX_CHATID_CHARACTERS = 32
export const MAX_CHAT_NAME_CHARACTERS = 50
export const MIN_CHAT_MEMBERS = 2
export const MAX_CHAT_MEMBERS = 2000
export const CHATS_PER_DAY = 1000
export const CHAT_CHANGES_PER_HOUR = 1000
/**
 * The limits of all chats of a corp together. The hourly limit is 300,000 by document 90312, and depends on the size of
 * the corp by document 90248.
 */
export const CHAT_PERSON_TIMES_PER_MINUTE = 20_000
export const CHAT_PERSON_TIMES_PER_HOUR = 300_000
export const CHAT_MEMBER_MESSAGES_PER_MINUTE = 200
export const CHAT_MEMBER_MESSAGES_PER_DAY = 10_000

export const MEMBER_MESSAGES_PER_MINUTE = 30
export const MEMBER_MESSAGES_PER_HOUR = 1000

/** Files: WeCom writes "MB", counted here as 1024 × 1024 bytes. @see wecom document 90253, 90256 */
export const MAX_IMAGE_BYTES = 10 * 1024 * 1024
export const MAX_VOICE_BYTES = 2 * 1024 * 1024
export const MAX_VOICE_SECONDS = 60
export const MAX_VIDEO_BYTES = 10 * 1024 * 1024
export const MAX_FILE_BYTES = 20 * 1024 * 1024
export const MAX_INLINE_IMAGE_BYTES = 2 * 1024 * 1024
/** The same limit in characters of Base64. */
export const MAX_INLINE_IMAGE_BASE64 = Math.ceil(MAX_INLINE_IMAGE_BYTES / 3) * 4
/** A file must be longer than this. */
export const MEDIA_BYTES_FLOOR = 5
export const MEDIA_LIFETIME_SECONDS = 3 * 24 * 3600
