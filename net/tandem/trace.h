/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoints: a switch step by step, ports that come and go, ports that stall.
 * Names and words are kept as text, so that every reader of traces shows them.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM tandem

#if !defined(_TANDEM_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TANDEM_TRACE_H

#include <linux/string.h>
#include <linux/tracepoint.h>

#include "tandem.h"

#define TANDEM_TRACE_WORD	16

DECLARE_EVENT_CLASS(tandem_port,
	TP_PROTO(const struct tandem_port *port),
	TP_ARGS(port),
	TP_STRUCT__entry(
		__array(char, master, IFNAMSIZ)
		__array(char, port, IFNAMSIZ)
		__array(char, role, TANDEM_TRACE_WORD)
	),
	TP_fast_assign(
		strscpy(__entry->master, port->tandem->dev->name, IFNAMSIZ);
		strscpy(__entry->port, port->dev->name, IFNAMSIZ);
		strscpy(__entry->role, tandem_history_role(port->role),
			TANDEM_TRACE_WORD);
	),
	TP_printk("master=%s port=%s role=%s", __entry->master, __entry->port,
		  __entry->role)
);

DEFINE_EVENT(tandem_port, tandem_port_join,
	TP_PROTO(const struct tandem_port *port),
	TP_ARGS(port)
);

DEFINE_EVENT(tandem_port, tandem_port_leave,
	TP_PROTO(const struct tandem_port *port),
	TP_ARGS(port)
);

TRACE_EVENT(tandem_switch_begin,
	TP_PROTO(const struct net_device *dev,
		 const struct tandem_record *record),
	TP_ARGS(dev, record),
	TP_STRUCT__entry(
		__array(char, master, IFNAMSIZ)
		__array(char, from, IFNAMSIZ)
		__array(char, to, IFNAMSIZ)
		__array(char, cause, TANDEM_TRACE_WORD)
		__field(bool, planned)
	),
	TP_fast_assign(
		strscpy(__entry->master, dev->name, IFNAMSIZ);
		strscpy(__entry->from, record->from_name, IFNAMSIZ);
		strscpy(__entry->to, record->to_name, IFNAMSIZ);
		strscpy(__entry->cause, tandem_history_cause(record->cause),
			TANDEM_TRACE_WORD);
		__entry->planned = record->planned;
	),
	TP_printk("master=%s from=%s to=%s cause=%s planned=%d",
		  __entry->master, __entry->from, __entry->to, __entry->cause,
		  __entry->planned)
);

TRACE_EVENT(tandem_switch_drained,
	TP_PROTO(const struct tandem_port *port, u32 us, bool idle),
	TP_ARGS(port, us, idle),
	TP_STRUCT__entry(
		__array(char, master, IFNAMSIZ)
		__array(char, port, IFNAMSIZ)
		__field(u32, us)
		__field(bool, idle)
	),
	TP_fast_assign(
		strscpy(__entry->master, port->tandem->dev->name, IFNAMSIZ);
		strscpy(__entry->port, port->dev->name, IFNAMSIZ);
		__entry->us = us;
		__entry->idle = idle;
	),
	TP_printk("master=%s port=%s us=%u idle=%d", __entry->master,
		  __entry->port, __entry->us, __entry->idle)
);

TRACE_EVENT(tandem_switch_done,
	TP_PROTO(const struct net_device *dev,
		 const struct tandem_record *record),
	TP_ARGS(dev, record),
	TP_STRUCT__entry(
		__array(char, master, IFNAMSIZ)
		__field(u32, number)
		__array(char, from, IFNAMSIZ)
		__array(char, to, IFNAMSIZ)
		__array(char, cause, TANDEM_TRACE_WORD)
		__field(bool, planned)
		__field(u32, hold_us)
		__field(u32, drain_us)
		__field(u32, held)
		__field(u32, overflow)
	),
	TP_fast_assign(
		strscpy(__entry->master, dev->name, IFNAMSIZ);
		__entry->number = record->number;
		strscpy(__entry->from, record->from_name, IFNAMSIZ);
		strscpy(__entry->to, record->to_name, IFNAMSIZ);
		strscpy(__entry->cause, tandem_history_cause(record->cause),
			TANDEM_TRACE_WORD);
		__entry->planned = record->planned;
		__entry->hold_us = record->hold_us;
		__entry->drain_us = record->drain_us;
		__entry->held = record->held;
		__entry->overflow = record->overflow;
	),
	TP_printk("master=%s number=%u from=%s to=%s cause=%s planned=%d hold_us=%u drain_us=%u held=%u overflow=%u",
		  __entry->master, __entry->number, __entry->from, __entry->to,
		  __entry->cause, __entry->planned, __entry->hold_us,
		  __entry->drain_us, __entry->held, __entry->overflow)
);

TRACE_EVENT(tandem_stall,
	TP_PROTO(const struct tandem_port *port),
	TP_ARGS(port),
	TP_STRUCT__entry(
		__array(char, master, IFNAMSIZ)
		__array(char, port, IFNAMSIZ)
		__field(bool, stalled)
	),
	TP_fast_assign(
		strscpy(__entry->master, port->tandem->dev->name, IFNAMSIZ);
		strscpy(__entry->port, port->dev->name, IFNAMSIZ);
		__entry->stalled = port->stalled;
	),
	TP_printk("master=%s port=%s stalled=%d", __entry->master,
		  __entry->port, __entry->stalled)
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
