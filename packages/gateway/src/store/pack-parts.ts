/** JSON never contains a raw control character, so this one separates the texts (RFC 7464 does the same). */
const RECORD_SEPARATOR = "\u001E"

export function packParts(parts: readonly string[]): string {
  return parts.join(RECORD_SEPARATOR)
}

export function unpackParts(packed: string): string[] {
  return packed.split(RECORD_SEPARATOR)
}

/**
 * SQL for how many parts a message has, and how many of them have gone out, at least to some recipients, and were not
 * recalled. It does not read long parts: only texts are sent in parts.
 * @param separator the separator of parts, as the store's SQL writes it
 */
export function partsSql(separator: string, calls: string): string {
  const total = `case when msgtype in ('text', 'markdown') then length(parts) - length(replace(parts, ${separator}, '')) + 1
    else 1 end`
  return `${total} as part_count, case when ${total} = 1 then 0 else (
      select coalesce(max(part) + 1, 0) from ${calls} where message = messages.seq
      and result = 'accepted' and recalled_at is null
    ) end as parts_sent`
}
