/**
 * A card (模板卡片), by `card_type`. Interactive cards (button, vote, multiple, and any with an `action_menu`) raise
 * callbacks, so the app must have a callback URL (else 43012).
 * @see https://developer.work.weixin.qq.com/document/path/90236
 */
export type TemplateCard =
  | TextNoticeCard
  | NewsNoticeCard
  | ButtonInteractionCard
  | VoteInteractionCard
  | MultipleInteractionCard

export type CardType = TemplateCard["card_type"]

/** In the order of document 90236. */
export const CARD_TYPES = [
  "text_notice",
  "news_notice",
  "button_interaction",
  "vote_interaction",
  "multiple_interaction",
] as const satisfies readonly CardType[]

export type TextNoticeCard = TextNoticeParts & TitleOrSubTitle & MenuWithTask
export type NewsNoticeCard = NewsNoticeParts & Picture & MenuWithTask
export type ButtonInteractionCard = ButtonInteractionParts & Task
export type VoteInteractionCard = VoteInteractionParts & Task & { readonly submit_button: SubmitButton }
export type MultipleInteractionCard = MultipleInteractionParts & Task & { readonly submit_button: SubmitButton }

/**
 * The card that replaces an interactive card. It has no `task_id`; with `replace_text` its buttons are grey and
 * inactive, without it they stay active.
 * @see https://developer.work.weixin.qq.com/document/path/94888
 */
export type UpdatedTemplateCard =
  | (TextNoticeParts & TitleOrSubTitle & { readonly action_menu?: ActionMenu })
  | (NewsNoticeParts & Picture & { readonly action_menu?: ActionMenu })
  | (ButtonInteractionParts & ReplaceText)
  | (Omit<VoteInteractionParts, "checkbox"> & {
      readonly checkbox: Checkbox & Disable
      readonly submit_button?: SubmitButton
    } & ReplaceText)
  | (Omit<MultipleInteractionParts, "select_list"> & {
      readonly select_list: readonly (Select & Disable)[]
      readonly submit_button?: SubmitButton
    } & ReplaceText)

interface TextNoticeParts {
  readonly card_type: "text_notice"
  readonly source?: Source
  readonly quote_area?: QuoteArea
  readonly emphasis_content?: EmphasisContent
  /** At most 6. */
  readonly horizontal_content_list?: readonly HorizontalContent[]
  /** At most 3. */
  readonly jump_list?: readonly JumpItem[]
  readonly card_action: Jump
}

interface NewsNoticeParts {
  readonly card_type: "news_notice"
  readonly source?: Source
  readonly main_title: MainTitle
  readonly quote_area?: QuoteArea
  /** At most 6. */
  readonly horizontal_content_list?: readonly HorizontalContent[]
  /** At most 4. */
  readonly vertical_content_list?: readonly VerticalContent[]
  /** At most 3. */
  readonly jump_list?: readonly JumpItem[]
  readonly card_action: Jump
}

interface ButtonInteractionParts {
  readonly card_type: "button_interaction"
  readonly source?: Source
  readonly action_menu?: ActionMenu
  readonly main_title: MainTitle
  readonly quote_area?: QuoteArea
  /** At most 160 characters are shown well. */
  readonly sub_title_text?: string
  /** At most 6. */
  readonly horizontal_content_list?: readonly HorizontalContent[]
  readonly card_action?: NoJump | Jump
  readonly button_selection?: ButtonSelection
  /** 1 to 6. */
  readonly button_list: readonly CardButton[]
}

interface VoteInteractionParts {
  readonly card_type: "vote_interaction"
  readonly source?: PlainSource
  readonly main_title: MainTitle
  readonly checkbox: Checkbox
}

interface MultipleInteractionParts {
  readonly card_type: "multiple_interaction"
  readonly source?: PlainSource
  readonly main_title: MainTitle
  /** 1 to 3. */
  readonly select_list: readonly Select[]
}

interface Task {
  /** Letters, digits, `_`, `-`, `@`; at most 128 bytes; never used before in this app (else 42014). */
  readonly task_id: string
}

/** A card with a menu is interactive, so it needs a `task_id`. */
type MenuWithTask = ({ readonly action_menu: ActionMenu } & Task) | ({ readonly action_menu?: never } & Partial<Task>)

type TitleOrSubTitle =
  | { readonly main_title: MainTitle; readonly sub_title_text?: string }
  | {
      readonly main_title?: Partial<MainTitle>
      /** At most 160 characters are shown well. */
      readonly sub_title_text: string
    }

type Picture =
  | { readonly card_image: CardImage; readonly image_text_area?: ImageTextArea }
  | { readonly card_image?: CardImage; readonly image_text_area: ImageTextArea }

interface ReplaceText {
  readonly replace_text?: string
}

interface Disable {
  /** True: the choice can no longer be changed. */
  readonly disable?: boolean
}

interface PlainSource {
  /** 72×72 looks best. */
  readonly icon_url?: string
  /** At most 20 characters are shown well. */
  readonly desc?: string
}

export interface Source extends PlainSource {
  /** 0 grey, 1 black, 2 red, 3 green. */
  readonly desc_color?: 0 | 1 | 2 | 3
}

/** The menu behind the dots in the corner. */
export interface ActionMenu {
  readonly desc?: string
  /** 1 to 3. */
  readonly action_list: readonly MenuAction[]
}

export interface MenuAction {
  readonly text: string
  /** At most 1024 bytes, unique in the list. */
  readonly key: string
}

export interface MainTitle {
  /** At most 36 characters are shown well, 16 on a vote. */
  readonly title: string
  /** At most 44 characters are shown well, 160 on votes and multiple choices. */
  readonly desc?: string
}

/** The target of a tap. */
export type Jump =
  | { readonly type: 1; readonly url: string }
  | { readonly type: 2; readonly appid: string; readonly pagepath?: string }

export interface NoJump {
  readonly type?: 0
}

export type QuoteArea = (NoJump | Jump) & { readonly title?: string; readonly quote_text?: string }

export interface EmphasisContent {
  /** The large figure; at most 14 characters are shown well. */
  readonly title?: string
  /** At most 22 characters are shown well. */
  readonly desc?: string
}

export type HorizontalContent = {
  /** At most 5 characters are shown well. */
  readonly keyname: string
  /** At most 30 characters are shown well; for an attachment its file name with extension. */
  readonly value?: string
} & (
  | { readonly type?: 0 }
  | { readonly type: 1; readonly url: string }
  | { readonly type: 2; readonly media_id: string }
  | { readonly type: 3; readonly userid: string }
)

export interface VerticalContent {
  /** At most 38 characters are shown well. */
  readonly title: string
  /** At most 160 characters are shown well. */
  readonly desc?: string
}

export interface CardImage {
  readonly url: string
  /** Width by height, 1.3 to 2.25; 1.3 when absent. */
  readonly aspect_ratio?: number
}

export type ImageTextArea = (NoJump | Jump) & {
  readonly title?: string
  readonly desc?: string
  readonly image_url: string
}

export type JumpItem = (NoJump | Jump) & {
  /** At most 18 characters are shown well. */
  readonly title: string
}

export interface Option {
  /** At most 128 bytes, unique in the list. */
  readonly id: string
  /** At most 16 characters are shown well, 17 in a checkbox. */
  readonly text: string
}

export interface ButtonSelection {
  /** At most 1024 bytes. */
  readonly question_key: string
  readonly title?: string
  /** 1 to 10. */
  readonly option_list: readonly Option[]
  /** The first option when absent. */
  readonly selected_id?: string
}

export type CardButton = {
  /** At most 10 characters are shown well. */
  readonly text: string
  readonly style?: 1 | 2 | 3 | 4
} & (
  | {
      readonly type?: 0
      /** At most 1024 bytes, unique on the card. */
      readonly key: string
    }
  | { readonly type: 1; readonly url: string }
)

export interface Checkbox {
  /** At most 1024 bytes. */
  readonly question_key: string
  /** 0 one choice, 1 several. */
  readonly mode?: 0 | 1
  /** 1 to 20. */
  readonly option_list: readonly (Option & { readonly is_checked: boolean })[]
}

export interface Select {
  /** At most 1024 bytes, unique on the card. */
  readonly question_key: string
  readonly title?: string
  /** The first option when absent. */
  readonly selected_id?: string
  /** 1 to 10. */
  readonly option_list: readonly Option[]
}

export interface SubmitButton {
  /** At most 10 characters are shown well. */
  readonly text: string
  /** At most 1024 bytes. */
  readonly key: string
}

/**
 * The body of `update_template_card`: greys the buttons out with a new text, or replaces the whole card.
 * @see https://developer.work.weixin.qq.com/document/path/94888
 */
export type CardUpdateBody = CardUpdateTarget & CardUpdateContent & CardUpdateHandle

/** Those whose card changes; at least one. */
export interface CardUpdateTarget {
  /** At most 1000. */
  readonly userids?: readonly string[]
  /** At most 100. */
  readonly partyids?: readonly number[]
  /** At most 100. */
  readonly tagids?: readonly number[]
  /** 1: everybody who got the card. */
  readonly atall?: 0 | 1
}

export type CardUpdateContent = { readonly enable_id_trans?: 0 | 1 } & (
  | { readonly button: { readonly replace_name: string }; readonly template_card?: never }
  | { readonly template_card: UpdatedTemplateCard; readonly button?: never }
)

export interface CardUpdateHandle {
  readonly agentid: number
  /** From the answer to the send, or from a press; valid for 72 h and one use. */
  readonly response_code: string
}
