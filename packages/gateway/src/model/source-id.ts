/** What the id of each source begins with, and that of no key: a message has it in the place of its key's. */
export const SOURCE_ID = "src_"
