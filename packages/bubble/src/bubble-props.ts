import type { BubbleMessage } from "./bubble-message.ts"

export interface BubbleProps {
  readonly message: BubbleMessage
  readonly language: "zh" | "en"
  /** Where the bytes of a `media_id` are; undefined draws that the file is gone. */
  readonly mediaUrl?: ((mediaId: string) => string | undefined) | undefined
  readonly mediaName?: ((mediaId: string) => MediaName | undefined) | undefined
  /** A button was pressed. While its promise is open nothing else on the card can be. Absent: nothing can at all. */
  readonly onPress?: ((press: Press) => void | Promise<void>) | undefined
  /** Drawn as the grey line WeCom leaves of a message that was taken back. */
  readonly recalled?: boolean | undefined
  /** The key of the button that was pressed on a card that takes one press. */
  readonly pressed?: string | undefined
}

export interface MediaName {
  readonly name: string
  readonly bytes: number
}

export interface Press {
  readonly key: string
  /** Ids of the chosen options by `question_key`. */
  readonly selected?: Readonly<Record<string, readonly string[]>>
}
