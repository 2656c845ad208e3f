//! What a server does for its tasks beside its requests: the relay, the workers, the clock.

use std::sync::Arc;
use std::time::Duration;

use super::broker::{Broker, BrokerError, BrokerOptions};
use super::enqueue::Tasks;
use super::registry::Registry;
use super::relay::Relay;
#[cfg(feature = "cron")]
use super::schedule::Clock;
use super::worker::{Options, Queues, Run, Worker};
use crate::config::{Config, Role};
use crate::context::Principal;
use crate::core::Core;
use crate::descriptor::{Descriptor, TaskDescriptor};
use crate::error::Result;

/// The queue of tasks that name none.
const USUAL_QUEUE: &str = "default";

/// What a server knows of its tasks before it starts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan {
    pub(crate) own: Vec<&'static TaskDescriptor>,
    /// In whose name tasks run that name nobody.
    pub(crate) otherwise: Principal,
    /// How many tasks of a queue run at once, where that is more than usual and the configuration says nothing of it.
    pub(crate) places: Vec<(&'static str, usize)>,
}

impl Plan {
    /// What would go wrong later, a sentence each.
    pub(crate) fn mistakes(&self, resources: &[&'static Descriptor], config: &Config) -> Vec<String> {
        let mut wrong = Registry::mistakes(resources, &self.own);
        for one in resources {
            let path = format!("/{}/{}", one.version, one.path);
            if path == config.tasks_path || config.tasks_path.starts_with(&format!("{path}/")) {
                wrong.push(format!(
                    "{} is served at {path}, where tasks are looked at: say another place for them with \
                     FOURFOLD_TASKS_PATH",
                    one.full_name()
                ));
            }
        }
        #[cfg(feature = "cron")]
        wrong.extend(super::schedule::mistakes(&self.own));
        #[cfg(not(feature = "cron"))]
        wrong.extend(self.own.iter().filter(|task| task.schedule.is_some()).map(|task| {
            format!("the task {} has a schedule, which needs the cargo feature `cron`", task.name)
        }));
        wrong
    }

    /// All queues that the resources and the tasks name.
    fn queues(&self, resources: &[&'static Descriptor]) -> Vec<String> {
        let said =
            resources.iter().flat_map(|descriptor| descriptor.tasks.iter().map(|(_, settings)| settings));
        let own = self.own.iter().map(|task| &task.settings);
        let mut queues: Vec<String> =
            said.chain(own).filter_map(|settings| settings.queue).map(str::to_owned).collect();
        queues.push(USUAL_QUEUE.to_owned());
        queues.sort_unstable();
        queues.dedup();
        queues
    }

    fn worked_off(&self, resources: &[&'static Descriptor], config: &Config) -> Vec<(String, usize)> {
        let usual = |queue: &str| {
            let own = self.places.iter().find(|(name, _)| *name == queue);
            own.map_or(config.task_concurrency, |(_, places)| config.task_concurrency.max(*places))
        };
        if config.task_queues.is_empty() {
            let all = self.queues(resources).into_iter();
            return all
                .map(|queue| {
                    let limit = usual(&queue);
                    (queue, limit)
                })
                .collect();
        }
        let said = config.task_queues.iter();
        said.map(|(queue, limit)| (queue.clone(), limit.unwrap_or_else(|| usual(queue)))).collect()
    }

    /// Opens what carries tasks. Where nothing was said of it and the database can't, there is none.
    pub(crate) async fn open(config: &Config) -> Result<Option<Tasks>> {
        let url = config.tasks_url.as_ref().unwrap_or(&config.database_url);
        let options = BrokerOptions {
            url: url.0.clone(),
            patience: config.database_patience,
            migrate: config.migrate,
            ledger: Some(config.database_url.0.clone()),
        };
        match super::open(&options).await {
            Ok(broker) => Ok(Some(Tasks::new(broker))),
            Err(BrokerError::Unsupported(why)) if config.tasks_url.is_none() => {
                tracing::info!("no tasks: {why}");
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Starts what the role of the process asks for.
    pub(crate) fn start(self, core: &Arc<Core>, config: &Config) -> Background {
        let mut background = Background { tasks: core.tasks.clone(), ..Background::default() };
        let Some(tasks) = &core.tasks else { return background };
        background.relay = Some(Relay::start(Arc::clone(core), Arc::clone(tasks.broker())));
        #[cfg(feature = "cron")]
        {
            background.clock = Some(Clock::start(&self.own, tasks));
        }
        if config.role == Role::Server {
            return background;
        }
        let queues = self.worked_off(&core.resources, config);
        let options = Options { what: "task", queues, lease: config.task_lease };
        let registry = Arc::new(Registry::new(&core.resources, &self.own));
        #[cfg(feature = "celery")]
        tasks.broker().works_for(&registry);
        let (core, otherwise) = (Arc::clone(core), Arc::new(self.otherwise));
        let run: Run = Arc::new(move |message| {
            let (core, registry) = (Arc::clone(&core), Arc::clone(&registry));
            let otherwise = Arc::clone(&otherwise);
            Box::pin(async move {
                let result = super::run::attempt(&core, &registry, &message, &otherwise).await;
                super::run::outcome(result, &message, chrono::Utc::now())
            })
        });
        let broker = Arc::clone(tasks.broker());
        background.worker = Some(Worker::start(Arc::new(Queues { broker, run }), options));
        background
    }
}

/// What runs for the tasks of a server.
#[derive(Debug, Default)]
pub(crate) struct Background {
    tasks: Option<Tasks>,
    relay: Option<Relay>,
    worker: Option<Worker<Queues>>,
    #[cfg(feature = "cron")]
    clock: Option<Clock>,
}

impl Background {
    /// Ends what begins things, then what works, then what carries.
    pub(crate) async fn stop(self, grace: Duration) {
        #[cfg(feature = "cron")]
        drop(self.clock);
        let worker = async {
            if let Some(worker) = self.worker {
                worker.stop(grace).await;
            }
        };
        let relay = async {
            if let Some(relay) = self.relay {
                relay.stop().await;
            }
        };
        tokio::join!(worker, relay);
        if let Some(tasks) = self.tasks {
            tasks.close().await;
        }
    }
}

/// Forgets what ended long ago, a bounded number at a time; says how many went.
pub(crate) async fn prune(broker: &dyn Broker, retention: Duration) -> u64 {
    let before = chrono::TimeDelta::from_std(retention)
        .ok()
        .and_then(|retention| chrono::Utc::now().checked_sub_signed(retention))
        .unwrap_or_default();
    match broker.prune(before).await {
        Ok(gone) => gone,
        Err(error) => {
            tracing::debug!(?error, "no tasks pruned");
            0
        }
    }
}
