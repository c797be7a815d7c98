import type { Audience, SendOptions } from "@wecom-push/sdk"
import type { CommandFault } from "../../command-error.ts"
import type { SettingsRead } from "../../config/read-settings.ts"
import type { SendFlags } from "../../flags.ts"
import type { ContentRead } from "../../send/content.ts"

/** A command line, read and checked as far as possible without a request. */
export interface Wanted {
  readonly flags: SendFlags
  readonly read: SettingsRead
  readonly audience: Audience
  readonly chats: readonly string[]
  readonly content: ContentRead
  readonly how: Pick<SendOptions, "overflow" | "strict" | "duplicateCheckSeconds" | "mobileCheck">
  readonly faults: readonly CommandFault[]
}
