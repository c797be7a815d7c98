import { type Fields, fieldsOf, isYes, listOf, numberOf, textOf } from "../loose.ts"

/** Something a card asks before one of its buttons is pressed. */
export interface Question {
  readonly key: string
  readonly title: string
  readonly options: readonly Option[]
  readonly takesSeveral: boolean
  /** The answer is final: it is no longer part of a press. */
  readonly isOff: boolean
  /** The options that are chosen until the reader chooses others. */
  readonly chosen: readonly string[]
}

interface Option {
  readonly id: string
  readonly text: string
}

/** `button_selection` and the items of `select_list`: one choice; the first option when none or an unknown one is given. */
export function selectQuestion(fields: Fields): Question {
  const options = optionsOf(fields)
  const selectedId = textOf(fields["selected_id"])
  const chosen = options.find(({ id }) => id === selectedId) ?? options[0]
  return { ...questionOf(fields, options), takesSeveral: false, chosen: chosen === undefined ? [] : [chosen.id] }
}

/** `checkbox`: one choice, or any number of them with `mode` 1. */
export function checkboxQuestion(fields: Fields): Question {
  const options = optionsOf(fields)
  const checked = listOf(fields["option_list"])
    .filter(({ is_checked }) => isYes(is_checked))
    .map(({ id }) => textOf(id))
  const takesSeveral = numberOf(fields["mode"]) === 1
  return { ...questionOf(fields, options), takesSeveral, chosen: takesSeveral ? checked : checked.slice(0, 1) }
}

/** All questions of a card of this type. */
export function questionsOf(card: Fields): Question[] {
  switch (textOf(card["card_type"])) {
    case "button_interaction":
      return card["button_selection"] === undefined ? [] : [selectQuestion(fieldsOf(card["button_selection"]))]
    case "vote_interaction":
      return [checkboxQuestion(fieldsOf(card["checkbox"]))]
    case "multiple_interaction":
      return listOf(card["select_list"]).map(selectQuestion)
    default:
      return []
  }
}

function questionOf(fields: Fields, options: readonly Option[]): Omit<Question, "takesSeveral" | "chosen"> {
  return {
    key: textOf(fields["question_key"]),
    title: textOf(fields["title"]),
    options,
    isOff: isYes(fields["disable"]),
  }
}

const optionsOf = (fields: Fields): Option[] =>
  listOf(fields["option_list"]).map(({ id, text }) => ({ id: textOf(id), text: textOf(text) }))
