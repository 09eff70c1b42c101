//! The database of both applications.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use serde::Serialize;

/// Orders by their numbers. Clones share them.
#[derive(Clone, Default)]
pub(crate) struct Orders(Arc<Table>);

#[derive(Default)]
struct Table {
    orders: Mutex<HashMap<u64, Order>>,
    is_down: AtomicBool,
}

#[derive(Clone, Serialize)]
pub(crate) struct Order {
    pub(crate) number: u64,
    #[serde(skip)]
    pub(crate) customer: String,
    pub(crate) state: String,
    /// Increases with each change.
    pub(crate) version: u64,
}

#[derive(Debug, thiserror::Error)]
#[error("the database is down")]
pub(crate) struct DatabaseDown;

impl Orders {
    pub(crate) async fn place(&self, customer: &str) -> Result<Order, DatabaseDown> {
        self.is_up()?;
        let mut orders = self.0.orders.lock().unwrap();
        let order = Order {
            number: orders.len() as u64 + 1,
            customer: customer.to_owned(),
            state: "placed".to_owned(),
            version: 1,
        };
        orders.insert(order.number, order.clone());
        Ok(order)
    }

    pub(crate) async fn find(&self, number: u64) -> Result<Option<Order>, DatabaseDown> {
        self.is_up()?;
        Ok(self.0.orders.lock().unwrap().get(&number).cloned())
    }

    /// Returns whether there is this order. The change is committed when this returns.
    pub(crate) async fn change(&self, number: u64, state: String) -> Result<bool, DatabaseDown> {
        self.is_up()?;
        let mut orders = self.0.orders.lock().unwrap();
        let Some(order) = orders.get_mut(&number) else {
            return Ok(false);
        };
        order.state = state;
        order.version += 1;
        Ok(true)
    }

    #[cfg(test)]
    pub(crate) fn go_down(&self) {
        self.0.is_down.store(true, Ordering::Relaxed);
    }

    fn is_up(&self) -> Result<(), DatabaseDown> {
        match self.0.is_down.load(Ordering::Relaxed) {
            true => Err(DatabaseDown),
            false => Ok(()),
        }
    }
}
