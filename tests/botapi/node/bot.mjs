// A small bot written with grammY, as its documentation shows. `node bot.mjs URL TOKEN`
import { Bot, GrammyError, InlineKeyboard } from "grammy";

const [, , apiRoot, token] = process.argv;
const bot = new Bot(token, { client: { apiRoot } });
const menu = new InlineKeyboard().text("Suite", "next").row().text("Effacer", "erase").url("Site", "https://example.fr");

bot.command("start", (ctx) => ctx.reply(`<b>Menu</b> ${ctx.match}`, { parse_mode: "HTML", reply_markup: menu }));

bot.callbackQuery("next", async (ctx) => {
  await ctx.editMessageText("La suite", { reply_markup: menu });
  await ctx.answerCallbackQuery("Vu");
});

bot.callbackQuery("erase", async (ctx) => {
  const last = ctx.callbackQuery.message.message_id;
  await ctx.deleteMessages(Array.from({ length: last }, (_, i) => last - i).slice(0, 100));
  await ctx.answerCallbackQuery();
});

bot.command("refuse", async (ctx) => {
  try {
    await ctx.reply("a", { reply_markup: new InlineKeyboard().url("Appeler", "tel:112") });
  } catch (error) {
    if (!(error instanceof GrammyError)) throw error;
    await ctx.reply(error.description);
  }
});

bot.on("message:text", (ctx) => ctx.reply(ctx.message.text, { reply_parameters: { message_id: ctx.msgId } }));
bot.on("edited_message:text", (ctx) => ctx.reply("Corrigé"));
bot.on("my_chat_member", (ctx) => console.log(ctx.myChatMember.new_chat_member.status));

process.once("SIGTERM", () => bot.stop());
await bot.start({
  drop_pending_updates: true,
  allowed_updates: ["message", "edited_message", "callback_query", "my_chat_member"],
  onStart: (me) => console.log(me.username),
});
console.log("bye");
