/**
 * The trading screen: where its parts meet.
 *
 *     net/      what is said to the exchange and heard from it
 *     market/   what is known of a market: pure, but for market.js and past.js, which ask
 *     orders/   what an order is: pure, but for own.js
 *     ui/       what is seen
 *
 * Whatever changes something marks its topic with the painter, which calls the parts that show it.
 */

import { Instrument } from "./market/instrument.js";
import { Market } from "./market/market.js";
import { ApiError, getLiveness, getSymbols } from "./net/api.js";
import { Backoff } from "./net/backoff.js";
import { Health } from "./net/health.js";
import { OwnNews } from "./net/own_news.js";
import { eventSource, longPoll, webSocket } from "./net/streams.js";
import { OwnOrders } from "./orders/own.js";
import { AccountPanel, storedAccount } from "./ui/account_panel.js";
import { Banner, showBanner } from "./ui/banner.js";
import { BookView } from "./ui/book_view.js";
import { CandlesView } from "./ui/candles_view.js";
import { ChartTabs } from "./ui/chart_tabs.js";
import { DepthView } from "./ui/depth_view.js";
import { announceFills } from "./ui/fills.js";
import { HeaderView } from "./ui/header_view.js";
import { LinkView } from "./ui/link_view.js";
import { MarketsPanel } from "./ui/markets_panel.js";
import { OrdersView } from "./ui/orders_view.js";
import { Painter } from "./ui/painter.js";
import { Parts } from "./ui/parts.js";
import { Shortcuts } from "./ui/shortcuts.js";
import { TapeView } from "./ui/tape_view.js";
import { Theme } from "./ui/theme.js";
import { TicketView } from "./ui/ticket_view.js";

const TRANSPORTS = [webSocket, eventSource, longPoll];

const INTERVAL_AT_FIRST = "1m";

export class Screen {
  /** @param {object[]} symbols of `GET /symbols` */
  constructor(symbols) {
    this.painter = new Painter();
    this.instruments = new Map(symbols.map((rules) => [rules.symbol, new Instrument(rules)]));
    this.own = new OwnOrders(() => this.painter.mark("own"), announceFills(this.instruments));
    this.news = new OwnNews(this.own);
    this.health = new Health(() => this.painter.mark("health"));
    this.market = this.#marketFor(
      this.#storedSymbol(),
      localStorage.getItem("interval") ?? INTERVAL_AT_FIRST,
    );
    this.#build();
  }

  #build() {
    this.parts = new Parts();
    this.theme = new Theme(() => this.painter.mark("theme"));
    this.tabs = new ChartTabs(this);
    this.markets = new MarketsPanel(this);
    this.account = new AccountPanel(this);
    this.header = new HeaderView(this);
    this.link = new LinkView(this);
    this.banner = new Banner(this);
    this.ticket = new TicketView(this);
    this.book = new BookView(this);
    this.tape = new TapeView(this);
    this.candles = new CandlesView(this);
    this.depth = new DepthView(this);
    this.orders = new OrdersView(this);
    this.shortcuts = new Shortcuts(this);
  }

  open() {
    this.market.open();
    this.health.start();
    this.useAccount(storedAccount());
    addEventListener("online", () => this.market.feed.retry());
    document.addEventListener("visibilitychange", () => document.hidden || this.#lookAgain());
  }

  /** What is asked now and then is not asked while nobody looks. */
  #lookAgain() {
    this.health.look();
    this.own.refresh();
  }

  useAccount(account) {
    this.own.use(account);
    this.news.follow(account);
  }

  chooseSymbol(symbol) {
    if (symbol === this.market.instrument.symbol) return;
    const { interval } = this.market.past.candles;
    this.market.close();
    localStorage.setItem("symbol", symbol);
    this.market = this.#marketFor(symbol, interval);
    this.market.open();
    this.painter.mark("market");
  }

  chooseInterval(interval) {
    localStorage.setItem("interval", interval);
    this.market.past.choose(interval);
  }

  /** What `check` needs to know of a symbol; of one that is not shown only its rules are known. */
  marketOf(symbol) {
    if (symbol === this.market.instrument.symbol) return this.market;
    return { instrument: this.instruments.get(symbol), last: null, bestAgainst: () => null };
  }

  /** On a small screen show this part. */
  show(part) {
    this.parts.show(part);
  }

  #storedSymbol() {
    const stored = localStorage.getItem("symbol");
    return this.instruments.has(stored) ? stored : this.instruments.keys().next().value;
  }

  #marketFor(symbol, interval) {
    return new Market(this.instruments.get(symbol), {
      interval,
      transports: TRANSPORTS,
      tell: (topic) => this.painter.mark(topic),
      onTrades: (trades) => this.#onTrades(trades),
      isReachable: () =>
        getLiveness().then(
          () => true,
          () => false,
        ),
    });
  }

  #onTrades(trades) {
    if (trades.some((trade) => this.own.has(trade.orders))) this.news.hint();
  }
}

/** Begin; while the exchange does not answer, try again and say so. */
async function begin() {
  const backoff = new Backoff();
  for (;;) {
    try {
      const { symbols } = await getSymbols();
      new Screen(symbols).open();
      return;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      showBanner(`${error.message}; trying again`);
      await new Promise((resolve) => setTimeout(resolve, backoff.next()));
    }
  }
}

begin();
