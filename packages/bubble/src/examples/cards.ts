import { deployment, lunch, onCall } from "./answerable-cards.ts"
import { example, type Example } from "./example.ts"
import { MEDIA_IDS } from "./example-media.ts"
import { DISK_GRAPH, MONITOR, ROCKET, TRAIN } from "./pictures.ts"

export const CARDS: readonly Example[] = [
  example(["文本通知卡片", "Card: text notice"], (say) => ({
    msgtype: "template_card",
    template_card: {
      card_type: "text_notice",
      task_id: "alarm-3",
      source: { icon_url: MONITOR, desc: say("监控中心", "Monitoring"), desc_color: 2 },
      action_menu: {
        desc: say("不想再收到此类通知？", "Too many of these?"),
        action_list: [
          { text: say("静音一周", "Mute for a week"), key: "mute" },
          { text: say("不再通知", "Stop them"), key: "off" },
        ],
      },
      main_title: {
        title: say("db-3 磁盘告警", "Disk alarm on db-3"),
        desc: say("10:42 起持续上升", "Rising since 10:42"),
      },
      emphasis_content: { title: "93%", desc: say("已用空间", "used") },
      quote_area: {
        type: 1,
        url: "https://monitor.example.com/runbook",
        title: say("处理手册", "Runbook"),
        quote_text: say("先清理归档日志，再申请扩容。", "Remove archived logs first, then ask for more space."),
      },
      sub_title_text: say("超过 95% 时数据库将变为只读。", "Above 95% the database turns read-only."),
      horizontal_content_list: [
        { keyname: say("主机", "Host"), value: "db-3" },
        {
          type: 1,
          keyname: say("曲线", "Graph"),
          value: say("点击查看", "Open"),
          url: "https://monitor.example.com/db-3",
        },
        { type: 2, keyname: say("附件", "Report"), value: "disk-report.csv", media_id: MEDIA_IDS.file },
        { type: 3, keyname: say("负责人", "Owner"), value: say("李四", "Li Si"), userid: "lisi" },
      ],
      jump_list: [
        { type: 1, title: say("全部告警", "All alarms"), url: "https://monitor.example.com" },
        {
          type: 2,
          title: say("值班小程序", "On-call Mini Program"),
          appid: "wx0000000000000000",
          pagepath: "pages/oncall",
        },
      ],
      card_action: { type: 1, url: "https://monitor.example.com/a/3" },
    },
  })),
  example(["图文展示卡片", "Card: news notice"], (say) => ({
    msgtype: "template_card",
    template_card: {
      card_type: "news_notice",
      task_id: "digest-2",
      source: { icon_url: ROCKET, desc: say("发布平台", "Releases"), desc_color: 3 },
      action_menu: { action_list: [{ text: say("不再推送摘要", "No more digests"), key: "off" }] },
      main_title: { title: say("每周发布摘要", "Weekly digest"), desc: say("第 2 周", "Week 2") },
      card_image: { url: DISK_GRAPH, aspect_ratio: 2.25 },
      image_text_area: {
        type: 1,
        url: "https://releases.example.com/featured",
        title: say("购票服务 5.0", "Tickets 5.0"),
        desc: say("排队时间缩短一半", "Half the time in the queue"),
        image_url: TRAIN,
      },
      quote_area: {
        type: 2,
        appid: "wx0000000000000000",
        pagepath: "pages/release?id=50",
        title: say("王五的发布说明", "Wang Wu's release notes"),
        quote_text: say("“五点之前，最后一批乘客已经买到票。”", "“By five the last passengers had their tickets.”"),
      },
      vertical_content_list: [
        {
          title: say("三个版本上线", "Three releases"),
          desc: say("api 2.8、web 5.1、worker 1.4", "api 2.8, web 5.1, worker 1.4"),
        },
        { title: say("两个回滚", "Two rollbacks"), desc: say("均在 10 分钟内恢复", "Both fixed within 10 minutes") },
      ],
      horizontal_content_list: [{ keyname: say("统计周期", "Period"), value: "01-05 – 01-11" }],
      jump_list: [{ type: 1, title: say("查看全部", "All of it"), url: "https://releases.example.com/w2" }],
      card_action: { type: 1, url: "https://releases.example.com/w2" },
    },
  })),
  example(["按钮交互卡片", "Card: buttons"], (say) => ({
    msgtype: "template_card",
    template_card: {
      ...deployment(say),
      action_menu: { action_list: [{ text: say("转给他人审批", "Ask another approver"), key: "over" }] },
      quote_area: {
        type: 1,
        url: "https://git.example.com/d/4711",
        title: say("变更说明", "What changes"),
        quote_text: say("订单接口改用新的限流规则。", "Orders are limited by the new rules."),
      },
      card_action: { type: 1, url: "https://releases.example.com/4711" },
    },
  })),
  example(["按钮的四种样式", "Card: the four styles of buttons"], (say) => ({
    msgtype: "template_card",
    template_card: {
      card_type: "button_interaction",
      task_id: "styles",
      main_title: { title: say("如何处理这条告警？", "What about this alarm?") },
      button_list: [
        { text: say("立即处理", "Take it"), style: 1, key: "take" },
        { text: say("转给他人", "Hand it over"), style: 2, key: "over" },
        { text: say("标为误报", "False alarm"), style: 3, key: "false" },
        { text: say("稍后提醒", "Remind me later"), style: 4, key: "later" },
        { type: 1, text: say("查看曲线", "Look at the graph"), style: 4, url: "https://monitor.example.com/db-3" },
      ],
    },
  })),
  example(["投票卡片（多选）", "Card: vote, several choices"], (say) => ({
    msgtype: "template_card",
    template_card: lunch(say, 1),
  })),
  example(["投票卡片（单选）", "Card: vote, one choice"], (say) => ({
    msgtype: "template_card",
    template_card: lunch(say, 0),
  })),
  example(["多项选择卡片", "Card: several lists"], (say) => ({ msgtype: "template_card", template_card: onCall(say) })),
]

/** Cards after a press, and after the app changed them. */
export const ANSWERED_CARDS: readonly Example[] = [
  example(
    ["已点击的卡片", "Card that was pressed"],
    (say) => ({ msgtype: "template_card", template_card: deployment(say) }),
    { pressed: "approve" },
  ),
  example(["更新后的按钮卡片", "Card whose buttons were replaced"], (say) => ({
    msgtype: "template_card",
    template_card: { ...deployment(say), replace_text: say("已由李四同意", "Approved by Li Si") },
  })),
  example(["更新后的投票卡片", "Vote that is over"], (say) => ({
    msgtype: "template_card",
    template_card: {
      ...lunch(say, 1),
      checkbox: { ...lunch(say, 1).checkbox, disable: true },
      replace_text: say("已投票", "You have voted"),
    },
  })),
  example(["更新后的多项选择卡片", "Lists that are settled"], (say) => ({
    msgtype: "template_card",
    template_card: {
      ...onCall(say),
      select_list: onCall(say).select_list.map((list) => ({ ...list, disable: true })),
      replace_text: say("已提交", "Submitted"),
    },
  })),
]
