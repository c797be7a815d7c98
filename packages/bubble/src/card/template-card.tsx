import { useMemo, type ComponentType, type JSX } from "react"
import type { BodyProps } from "../body-props.ts"
import { ButtonList, SubmitButton } from "../form/buttons.tsx"
import { CardForm } from "../form/card-form.tsx"
import { questionsOf } from "../form/question.ts"
import { textOf } from "../loose.ts"
import { Notice } from "../notice.tsx"
import { useWords } from "../surroundings.ts"
import { CardHead } from "./card-head.tsx"
import { CardImage } from "./card-image.tsx"
import { Cover } from "./cover.tsx"
import { EmphasisContent } from "./emphasis-content.tsx"
import { HorizontalContent } from "./horizontal-content.tsx"
import { ImageTextArea } from "./image-text-area.tsx"
import { JumpList } from "./jump-list.tsx"
import { MainTitle } from "./main-title.tsx"
import { PressedNote } from "./pressed-note.tsx"
import { QuoteArea } from "./quote-area.tsx"
import { Selection, Selects, Vote } from "./questions.tsx"
import { SubTitle } from "./sub-title.tsx"
import { VerticalContent } from "./vertical-content.tsx"

/**
 * The parts of each card, from top to bottom. A part that its type does not have is not drawn, as WeCom does not.
 * @see https://developer.work.weixin.qq.com/document/path/90236
 */
const PARTS: ReadonlyMap<string, readonly ComponentType<BodyProps>[]> = new Map([
  ["text_notice", [CardHead, MainTitle, EmphasisContent, QuoteArea, SubTitle, HorizontalContent, JumpList]],
  [
    "news_notice",
    [CardHead, MainTitle, CardImage, ImageTextArea, QuoteArea, VerticalContent, HorizontalContent, JumpList],
  ],
  ["button_interaction", [CardHead, MainTitle, QuoteArea, SubTitle, HorizontalContent, Selection, ButtonList]],
  ["vote_interaction", [CardHead, MainTitle, Vote, SubmitButton]],
  ["multiple_interaction", [CardHead, MainTitle, Selects, SubmitButton]],
])

export function TemplateCard({ fields: card }: BodyProps): JSX.Element {
  const words = useWords()
  const cardType = textOf(card["card_type"])
  const questions = useMemo(() => questionsOf(card), [card])
  const parts = PARTS.get(cardType)
  if (parts === undefined) return <Notice text={words.unknownCard(cardType)} />
  return (
    // The choice lasts as long as the same is asked, also when the same card comes again.
    <CardForm key={JSON.stringify(questions)} questions={questions} isReplaced={textOf(card["replace_text"]) !== ""}>
      <div className={`wb-card wb-${cardType}`}>
        <Cover fields={card} />
        {parts.map((Part, index) => (
          <Part key={index} fields={card} />
        ))}
        <PressedNote fields={card} />
      </div>
    </CardForm>
  )
}
