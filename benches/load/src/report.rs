//! The figures as Markdown.

use crate::arguments::Arguments;
use crate::client::Window;
use crate::database::Engine;
use crate::server::Side;
use crate::workload::Workload;

#[allow(clippy::cast_precision_loss, reason = "counts of requests are far below 2^52")]
impl Window {
    fn per_second(&self) -> f64 {
        self.latencies.len() as f64 / self.length.as_secs_f64()
    }

    /// The latency that a share of the requests stays under, in milliseconds.
    fn percentile(&self, hundredths: usize) -> f64 {
        let index = (self.latencies.len() - 1) * hundredths / 100;
        f64::from(self.latencies[index]) / 1000.0
    }

    /// The service's processor time for a request, in microseconds.
    fn cost(&self) -> f64 {
        self.service_time.as_secs_f64() * 1e6 / self.latencies.len() as f64
    }

    fn postgres_cost(&self) -> f64 {
        self.postgres_time.as_secs_f64() * 1e6 / self.latencies.len() as f64
    }

    fn client_cost(&self) -> f64 {
        self.client_time.as_secs_f64() * 1e6 / self.latencies.len() as f64
    }
}

/// The windows of both sides for one row of the table.
pub(crate) struct Cell {
    engine: Engine,
    clients: usize,
    workload: Workload,
    by_hand: Vec<Window>,
    generated: Vec<Window>,
}

pub(crate) fn heading(arguments: &Arguments) {
    println!(
        "{} rows before; windows of {:?} after {:?}; {} of each side in turns; medians. `cpu` is the \
         processor time of the service (+ PostgreSQL) for a request, `ratio` what generated does for one request of by-hand, round by round, `others` the most of \
         the machine that programs beside these took in a window.\n",
        arguments.rows, arguments.window, arguments.warmup, arguments.rounds
    );
    println!(
        "| database | clients | workload | by hand | p50 ms | p99 ms | cpu µs | MiB | generated | p50 ms | p99 ms \
         | cpu µs | MiB | ratio (least - most) | p99 ratio | wrong | others |"
    );
    println!("|---|---:|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
}

/// One window, as soon as it is over.
pub(crate) fn progress(engine: Engine, clients: usize, workload: Workload, side: Side, window: &Window) {
    eprintln!(
        "{:9} {clients:4} {:7} {:10} {:7.0}/s  p50 {:8.3} ms  p99 {:8.3} ms  cpu {:6.1} + postgres {:6.1} + client {:5.1} µs  others {:.0} %",
        engine.name(),
        workload.name(),
        side.name(),
        window.per_second(),
        window.percentile(50),
        window.percentile(99),
        window.cost(),
        window.postgres_cost(),
        window.client_cost(),
        window.others * 100.0,
    );
}

impl Cell {
    pub(crate) const fn new(engine: Engine, clients: usize, workload: Workload) -> Self {
        Self { engine, clients, workload, by_hand: Vec::new(), generated: Vec::new() }
    }

    pub(crate) fn add(&mut self, side: Side, window: Window) {
        match side {
            Side::ByHand => self.by_hand.push(window),
            Side::Generated => self.generated.push(window),
        }
    }

    pub(crate) fn print(&self) {
        let ratios = |of: fn(&Window) -> f64| -> Vec<f64> {
            self.by_hand
                .iter()
                .zip(&self.generated)
                .map(|(hand, generated)| of(generated) / of(hand))
                .collect()
        };
        let speed = ratios(Window::per_second);
        let ratio = match (speed.iter().copied().reduce(f64::min), speed.iter().copied().reduce(f64::max)) {
            (Some(least), Some(most)) => format!("{:.2} ({least:.2} - {most:.2})", median(speed)),
            _ => "-".to_owned(),
        };
        let tail = ratios(|window| window.percentile(99));
        let tail = if tail.is_empty() { "-".to_owned() } else { format!("{:.2}", median(tail)) };
        let wrong: u64 = self.by_hand.iter().chain(&self.generated).map(|window| window.wrong).sum();
        let others =
            self.by_hand.iter().chain(&self.generated).map(|window| window.others).fold(0.0, f64::max);
        println!(
            "| {} | {} | {} | {} | {} | {ratio} | {tail} | {wrong} | {:.0} % |",
            self.engine.name(),
            self.clients,
            self.workload.name(),
            self.columns(&self.by_hand),
            self.columns(&self.generated),
            others * 100.0,
        );
    }

    fn columns(&self, windows: &[Window]) -> String {
        if windows.is_empty() {
            return "- | - | - | - | -".to_owned();
        }
        let of = |figure: &dyn Fn(&Window) -> f64| median(windows.iter().map(figure).collect());
        let postgres = match self.engine {
            Engine::Sqlite => String::new(),
            Engine::Postgres => format!(" + {:.0}", of(&Window::postgres_cost)),
        };
        format!(
            "{:.0} | {:.3} | {:.3} | {:.0}{postgres} | {}",
            of(&Window::per_second),
            of(&|window| window.percentile(50)),
            of(&|window| window.percentile(99)),
            of(&Window::cost),
            windows.iter().map(|window| window.memory).max().unwrap_or_default(),
        )
    }
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    let middle = figures.len() / 2;
    if figures.len() % 2 == 1 { figures[middle] } else { f64::midpoint(figures[middle - 1], figures[middle]) }
}
