/** Those that hold, as one `className`. */
export const classNames = (...names: readonly (string | false)[]): string =>
  names.filter((name) => name !== false).join(" ")
