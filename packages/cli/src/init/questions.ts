/** Asks the person at the terminal. Each resolves with undefined when they stop (Ctrl-C). */
export interface Questions {
  /** A line. @param check what is wrong with it, to be corrected at once */
  text(question: TextQuestion): Promise<string | undefined>
  /** A line that is not shown. */
  secret(question: TextQuestion): Promise<string | undefined>
  /** Yes or no, of which no comes first. */
  confirm(question: ConfirmQuestion): Promise<boolean | undefined>
  choose<const Choice extends string>(question: ChoiceQuestion<Choice>): Promise<Choice | undefined>
}

interface TextQuestion {
  readonly message: string
  /** The value of an empty line, where it has one. */
  readonly usual?: string
  readonly check: (value: string) => string | undefined
}

interface ConfirmQuestion {
  readonly message: string
  readonly words: { readonly yes: string; readonly no: string }
}

interface ChoiceQuestion<Choice extends string> {
  readonly message: string
  readonly choices: readonly { readonly choice: Choice; readonly words: string }[]
}
