import { example, type Example } from "./example.ts"

export const ODD_MESSAGES: readonly Example[] = [
  example(["已撤回的消息", "Message that was recalled"], () => ({ msgtype: "text", text: { content: "…" } }), {
    recalled: true,
  }),
  example(["未知类型", "Unknown type"], () => ({ msgtype: "markdown_v2", markdown_v2: { content: "| a | b |" } })),
  example(["不安全的内容", "Hostile content"], (say) => ({
    msgtype: "text",
    text: {
      content: say(
        '<img src=x onerror=alert(1)> <a href="javascript:alert(1)">点我</a>\n反向文字 \u202Egpj.exe',
        '<img src=x onerror=alert(1)> <a href="javascript:alert(1)">press me</a>\nturned text \u202Egpj.exe',
      ),
    },
  })),
]
