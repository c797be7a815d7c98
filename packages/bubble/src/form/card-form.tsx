import { createContext, useContext, useMemo, useState, type JSX, type ReactNode } from "react"
import type { BubbleProps } from "../bubble-props.ts"
import { useSurroundings } from "../surroundings.ts"
import type { Question } from "./question.ts"

/** Ids of the chosen options by `question_key`. */
type Answers = ReadonlyMap<string, readonly string[]>

interface FormState {
  /** Undefined where nothing can be pressed, or not any more. */
  readonly press: ((key: string, isWithAnswers: boolean) => void) | undefined
  /** A press is on its way: nothing else can be pressed until it has arrived. */
  readonly isPending: boolean
  readonly pressed: string | undefined
  /** The card takes no further answer: a button was pressed for good, or all were replaced. */
  readonly isSettled: boolean
  readonly answers: Answers
  readonly answer: (questionKey: string, optionIds: readonly string[]) => void
}

const FormContext = createContext<FormState>({
  press: undefined,
  isPending: false,
  pressed: undefined,
  isSettled: false,
  answers: new Map(),
  answer: () => undefined,
})

export const useForm = (): FormState => useContext(FormContext)

interface CardFormProps {
  readonly questions: readonly Question[]
  /** Its buttons were replaced by one that is dead. */
  readonly isReplaced: boolean
  readonly children: ReactNode
}

/** Holds what is chosen on one card, and presses its buttons with it. */
export function CardForm({ questions, isReplaced, children }: CardFormProps): JSX.Element {
  const { onPress, pressed } = useSurroundings()
  const [changes, setChanges] = useState<Answers>(new Map())
  const [isPending, setPending] = useState(false)

  const form = useMemo((): FormState => {
    const live = questions.filter(({ isOff }) => !isOff)
    const answers = new Map(live.map(({ key, chosen }) => [key, changes.get(key) ?? chosen]))
    return {
      press: onPress !== undefined && pressed === undefined ? press(onPress, answers, setPending) : undefined,
      isPending,
      pressed,
      isSettled: isReplaced || pressed !== undefined,
      answers,
      answer: (key, ids) => setChanges((before) => new Map(before).set(key, ids)),
    }
  }, [questions, isReplaced, onPress, pressed, changes, isPending])

  return <FormContext value={form}>{children}</FormContext>
}

type OnPress = NonNullable<BubbleProps["onPress"]>

function press(onPress: OnPress, answers: Answers, setPending: (isPending: boolean) => void): FormState["press"] {
  const send = async (key: string, isWithAnswers: boolean): Promise<void> => {
    setPending(true)
    try {
      await onPress(isWithAnswers && answers.size > 0 ? { key, selected: Object.fromEntries(answers) } : { key })
    } finally {
      setPending(false)
    }
  }
  return (key, isWithAnswers) => void send(key, isWithAnswers)
}
