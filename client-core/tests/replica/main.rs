//! Laws of the replica, told by hosts in memory that exchange changes over the real frames: honest work passes every
//! gate, nothing that was answered is lost, and everybody ends up seeing the same.
mod town;
mod hub;
mod device;
mod issue;
mod form;
mod life;
mod honest;
mod scene;
mod question;
mod review;
mod void;
mod clock;
mod crash;
mod draft;
mod twice;
mod hostile;
mod joint;
mod absence;
mod leave;
mod parked;
mod duty;
mod merge;
mod newer;
mod programme;
mod register;
mod successor;
