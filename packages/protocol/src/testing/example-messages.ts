import type { AppMessage } from "../message.ts"

/** One message of each type, as small as WeCom takes it. */
export const smallest = {
  text: { msgtype: "text", text: { content: "第 42 次构建失败" } },
  image: { msgtype: "image", image: { media_id: "M1" } },
  voice: { msgtype: "voice", voice: { media_id: "M2" } },
  video: { msgtype: "video", video: { media_id: "M3" } },
  file: { msgtype: "file", file: { media_id: "M4" } },
  textcard: {
    msgtype: "textcard",
    textcard: { title: "请假申请", description: "两天年假", url: "https://hr.example.com/r/88" },
  },
  news: { msgtype: "news", news: { articles: [{ title: "食堂菜单", url: "https://intra.example.com/menu" }] } },
  mpnews: {
    msgtype: "mpnews",
    mpnews: { articles: [{ title: "差旅制度", thumb_media_id: "M5", content: "<p>一月起执行新标准。</p>" }] },
  },
  markdown: { msgtype: "markdown", markdown: { content: "## 磁盘告警\n> 主机：`db-3`" } },
  miniprogram_notice: {
    msgtype: "miniprogram_notice",
    miniprogram_notice: { appid: "wx0000000000000001", title: "会议室预订" },
  },
  template_card: {
    msgtype: "template_card",
    template_card: {
      card_type: "text_notice",
      main_title: { title: "磁盘告警" },
      card_action: { type: 1, url: "https://mon.example.com/a/3" },
    },
  },
} as const satisfies { [Type in AppMessage["msgtype"]]: Extract<AppMessage, { msgtype: Type }> }

/** One message of each type with every field and switch it has. */
export const fullest = {
  text: {
    msgtype: "text",
    text: { content: '构建失败\n<a href="https://ci.example.com/42">日志</a>' },
    safe: 1,
    enable_id_trans: 1,
  },
  image: { msgtype: "image", image: { media_id: "M1" }, safe: 1 },
  voice: { msgtype: "voice", voice: { media_id: "M2" } },
  video: { msgtype: "video", video: { media_id: "M3", title: "回放", description: "故障前二十秒" }, safe: 0 },
  file: { msgtype: "file", file: { media_id: "M4" }, safe: 1 },
  textcard: {
    msgtype: "textcard",
    textcard: {
      title: "请假申请",
      description: '<div class="gray">一月六日</div><div class="highlight">等待审批</div>',
      url: "http://hr.example.com/r/88",
      btntxt: "查看详情",
    },
    enable_id_trans: 1,
  },
  news: {
    msgtype: "news",
    news: {
      articles: [
        {
          title: "食堂菜单",
          description: "第二周",
          url: "https://intra.example.com/menu",
          picurl: "https://intra.example.com/menu.png",
        },
        { title: "班车时刻", appid: "wx0000000000000001", pagepath: "pages/bus" },
        { title: "两者都有", url: "https://x.example.com", appid: "wx0000000000000001", pagepath: "pages/both" },
      ],
    },
    enable_id_trans: 0,
  },
  mpnews: {
    msgtype: "mpnews",
    mpnews: {
      articles: [
        {
          title: "差旅制度",
          thumb_media_id: "M5",
          author: "财务部",
          content_source_url: "https://intra.example.com/travel",
          content: "<p>一月起执行新标准。</p>",
          digest: "新的日补贴",
        },
      ],
    },
    safe: 2,
    enable_id_trans: 1,
  },
  markdown: { msgtype: "markdown", markdown: { content: '**已用** <font color="warning">93%</font>' } },
  miniprogram_notice: {
    msgtype: "miniprogram_notice",
    miniprogram_notice: {
      appid: "wx0000000000000001",
      page: "pages/room?id=5",
      title: "会议室预订提醒",
      description: "今天下午三点",
      emphasis_first_item: true,
      content_item: [
        { key: "房间", value: "5F-02" },
        { key: "", value: "" },
      ],
    },
    enable_id_trans: 1,
  },
  template_card: {
    msgtype: "template_card",
    template_card: {
      card_type: "text_notice",
      sub_title_text: "磁盘已用 93%",
      card_action: { type: 2, appid: "wx0000000000000001", pagepath: "pages/disk" },
    },
    enable_id_trans: 1,
  },
} as const satisfies { [Type in AppMessage["msgtype"]]: Extract<AppMessage, { msgtype: Type }> }
