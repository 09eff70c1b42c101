//! A broker, three nodes and haproxy, each in a process.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use support::proxy::Proxy;
use support::{Server, free_port};
use tokio::time::{sleep, timeout};

use crate::client::get;

pub(crate) struct Broker {
    scheme: &'static str,
    command: fn(u16, &Path) -> Command,
}

pub(crate) const REDIS: Broker = Broker {
    scheme: "redis",
    command: |port, folder| {
        let mut command = Command::new("redis-server");
        let keeps = ["--appendonly", "yes", "--appendfsync", "always"];
        command
            .args(["--bind", "127.0.0.1"])
            .args(keeps)
            .args(["--port", &port.to_string()]);
        command.arg("--dir").arg(folder);
        command
    },
};

pub(crate) const NATS: Broker = Broker {
    scheme: "nats",
    command: |port, folder| {
        let mut command = Command::new("nats-server");
        command
            .args(["-a", "127.0.0.1", "-js", "-p", &port.to_string()])
            .arg("-sd")
            .arg(folder);
        command
    },
};

pub(crate) struct Cluster {
    pub(crate) broker: Server,
    /// By which the bridge of the last node reaches the broker.
    pub(crate) way: Proxy,
    pub(crate) nodes: Vec<Node>,
    proxy: Child,
    /// The port of haproxy.
    pub(crate) port: u16,
}

impl Cluster {
    /// Starts all, with holds of this number of seconds.
    pub(crate) async fn start(broker: &Broker, hold: u64) -> Self {
        let server = Server::start_with(broker.command).await;
        let way = Proxy::to(server.port).await;
        let address = |port| format!("{}://127.0.0.1:{port}", broker.scheme);
        let mut nodes = Vec::new();
        for (framework, bridge) in [
            ("axum", server.port),
            ("actix", server.port),
            ("axum", way.port),
        ] {
            let port = free_port();
            let variables = [
                ("BROKER", address(server.port)),
                ("BRIDGE", address(bridge)),
                ("FRAMEWORK", framework.into()),
                ("PORT", port.to_string()),
                ("HOLD", hold.to_string()),
                ("SILENCE", SILENCE.as_secs().to_string()),
            ];
            let child = spawn(&variables);
            nodes.push(Node {
                port,
                variables: variables.into(),
                child,
            });
        }
        for node in &nodes {
            node.is_in_service().await;
        }
        let port = free_port();
        let mut proxy = Command::new("haproxy");
        proxy
            .arg("-f")
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/haproxy.cfg"));
        proxy.env("PORT", port.to_string());
        for (name, node) in ["NODE_1", "NODE_2", "NODE_3"].into_iter().zip(&nodes) {
            proxy.env(name, node.port.to_string());
        }
        proxy.stdout(Stdio::null()).stderr(Stdio::null());
        let cluster = Self {
            broker: server,
            way,
            nodes,
            proxy: proxy.spawn().unwrap(),
            port,
        };
        answers_ok(port, "/healthz").await;
        cluster
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let _ = self.proxy.kill();
        let _ = self.proxy.wait();
    }
}

pub(crate) struct Node {
    pub(crate) port: u16,
    variables: Vec<(&'static str, String)>,
    child: Child,
}

impl Node {
    /// Ends it as a deployment does, and returns when it has ended.
    pub(crate) async fn terminate(&mut self) {
        let command = format!("kill -s TERM {}", self.child.id());
        Command::new("sh").args(["-c", &command]).status().unwrap();
        self.has_ended().await;
    }

    pub(crate) async fn kill(&mut self) {
        self.child.kill().unwrap();
        self.has_ended().await;
    }

    /// Starts it again, and returns when it is in service.
    pub(crate) async fn start(&mut self) {
        self.child = spawn(&self.variables);
        self.is_in_service().await;
    }

    /// How many gaps with this cause it has had.
    pub(crate) async fn gaps(&self, cause: &str) -> u64 {
        let (_, body) = get(self.port, "/healthz", "").await.unwrap();
        let stats: serde_json::Value = serde_json::from_slice(&body).unwrap();
        stats["relayed"]["gaps"][cause].as_u64().unwrap()
    }

    async fn is_in_service(&self) {
        answers_ok(self.port, "/healthz").await;
    }

    async fn has_ended(&mut self) {
        let ended = async {
            while self.child.try_wait().unwrap().is_none() {
                sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(Duration::from_secs(20), ended)
            .await
            .expect("a node ends");
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(variables: &[(&'static str, String)]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dacapo-chat"));
    command.envs(variables.iter().map(|(name, value)| (name, value)));
    command.stdout(Stdio::null());
    command.spawn().unwrap()
}

async fn answers_ok(port: u16, path: &str) {
    let answered = async {
        while !matches!(get(port, path, "").await, Ok((200, _))) {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(30), answered)
        .await
        .expect("it is in service within 30 s");
}

pub(crate) const SILENCE: Duration = Duration::from_secs(3);
