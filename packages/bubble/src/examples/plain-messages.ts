import { example, type Example } from "./example.ts"
import { MEDIA_IDS } from "./example-media.ts"

export const PLAIN_MESSAGES: readonly Example[] = [
  example(["文本", "Text"], (say) => ({
    msgtype: "text",
    text: {
      content: say(
        '构建 4711 失败：3 个用例未通过。\n日志：<a href="https://ci.example.com/4711">点此查看</a>\n值班表见 https://intra.example.com/oncall。',
        'Build 4711 failed: 3 tests did not pass.\nLog: <a href="https://ci.example.com/4711">open</a>\nOn call: https://intra.example.com/oncall.',
      ),
    },
  })),
  example(["Markdown", "Markdown"], (say) => ({
    msgtype: "markdown",
    markdown: {
      content: say(
        '## 磁盘告警\n主机 `db-3` 的磁盘**即将写满**：\n> 已用：<font color="warning">93%</font>\n> 剩余：<font color="info">38 GB</font>\n> 采样：<font color="comment">10:42</font>\n[查看详情](https://monitor.example.com/a/3)',
        '## Disk alarm\nThe disk of `db-3` is **nearly full**:\n> used: <font color="warning">93%</font>\n> free: <font color="info">38 GB</font>\n> sampled: <font color="comment">10:42</font>\n[details](https://monitor.example.com/a/3)',
      ),
    },
  })),
  example(["提醒成员的文本（群机器人）", "Text that mentions (group robot)"], (say) => ({
    msgtype: "text",
    text: {
      content: say("发布窗口 10 分钟后关闭", "The release window closes in 10 minutes"),
      mentioned_list: ["zhangsan", "@all"],
    },
  })),
  example(["Markdown v2（群机器人）", "Markdown v2 (group robot)"], (say) => ({
    msgtype: "markdown_v2",
    markdown_v2: {
      content: say(
        "# 日报\n*昨日*发布 3 次：\n1. api\n2. web\n\n> 外层\n>> 内层\n\n| 服务 | 状态 |\n| :-- | --: |\n| db-3 | 正常 |\n\n---\n```\nnpm test\n```",
        "# Daily\nThree releases *yesterday*:\n1. api\n2. web\n\n> outer\n>> inner\n\n| service | state |\n| :-- | --: |\n| db-3 | fine |\n\n---\n```\nnpm test\n```",
      ),
    },
  })),
  example(["图片", "Image"], () => ({ msgtype: "image", image: { media_id: MEDIA_IDS.picture } })),
  example(["语音", "Voice"], () => ({ msgtype: "voice", voice: { media_id: MEDIA_IDS.voice } })),
  example(["视频", "Video"], (say) => ({
    msgtype: "video",
    video: {
      media_id: MEDIA_IDS.video,
      title: say("故障回放", "Replay of the fault"),
      description: say("故障发生前 20 秒的流量", "Traffic of the last 20 s before it"),
    },
  })),
  example(["文件", "File"], () => ({ msgtype: "file", file: { media_id: MEDIA_IDS.file } })),
  example(["已过期的文件", "File that has expired"], () => ({
    msgtype: "file",
    file: { media_id: MEDIA_IDS.expired },
  })),
  example(["文本卡片", "Text card"], (say) => ({
    msgtype: "textcard",
    textcard: {
      title: say("请假申请", "Leave request"),
      description: say(
        '<div class="gray">2026 年 1 月 6 日</div><div class="normal">张三申请年假两天</div><div class="highlight">等待您审批</div>',
        '<div class="gray">6 January 2026</div><div class="normal">Zhang San asks for two days of annual leave</div><div class="highlight">Waiting for your decision</div>',
      ),
      url: "https://hr.example.com/r/88",
      btntxt: say("去审批", "Open"),
    },
  })),
  example(["小程序通知", "Mini-program notice"], (say) => ({
    msgtype: "miniprogram_notice",
    miniprogram_notice: {
      appid: "wx0000000000000000",
      page: "pages/room?id=5",
      title: say("会议室预订成功", "Room booked"),
      description: say("今天 15:00", "Today, 15:00"),
      emphasis_first_item: true,
      content_item: [
        { key: say("会议室", "Room"), value: "5F-02" },
        { key: say("时长", "Length"), value: say("45 分钟", "45 minutes") },
        { key: say("预订人", "Booked by"), value: say("李四", "Li Si") },
      ],
    },
  })),
]
