//! The state of all of them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use dacapo::Hub;

use crate::consul::Consul;
use crate::grip::Grip;
use crate::mcp::Mcp;
use crate::nchan::Nchan;
use crate::sealed::Seal;
use crate::telegram::Telegram;

/// Each protocol has a hub, because the same text may be a key in two of them.
#[derive(Clone)]
pub(crate) struct All {
    pub(crate) hubs: [Hub<String>; 6],
    pub(crate) consul: Consul,
    pub(crate) telegram: Telegram,
    pub(crate) nchan: Nchan,
    pub(crate) mcp: Mcp,
    pub(crate) grip: Grip,
    /// What the application behind GRIP knows of each channel.
    pub(crate) news: Arc<Mutex<HashMap<String, String>>>,
}

impl All {
    pub(crate) fn new(hubs: [Hub<String>; 6], seal: Seal) -> Self {
        let [consul, telegram, nchan, mcp, responses, streams] = &hubs;
        Self {
            consul: Consul::new(consul),
            telegram: Telegram::new(telegram),
            nchan: Nchan::new(nchan),
            mcp: Mcp::new(mcp, seal),
            grip: Grip::new(responses.clone(), streams.clone()),
            news: Arc::default(),
            hubs,
        }
    }
}
