package report

import (
	"bytes"
	"io"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"pgroundtrip/internal/plain"
	"pgroundtrip/internal/verdict"
)

// lastProven is the metric that keeps its value if a run proves nothing.
const lastProven = "pgroundtrip_last_proven_timestamp_seconds"

// writePrometheus writes the document for node_exporter's textfile collector. The time when a target was last proven is
// carried over from was, the previous content of the file, unless this run proved the target again.
func (d *Document) writePrometheus(w io.Writer, was []byte) error {
	m := &metrics{Registry: prometheus.NewRegistry(), command: d.Command}
	proven := m.earlier(was)
	targets := d.Targets()
	if len(targets) == 0 { // an error came first: it concerns all targets in the file
		for target := range proven {
			targets = append(targets, target)
		}
	}
	if len(targets) == 0 {
		targets = []string{""}
	}
	for _, target := range targets {
		if d.IsProof() {
			proven[target] = float64(d.Time.Unix())
		}
		if at, ok := proven[target]; ok {
			m.set(lastProven, "When a run last proved the target, as Unix time.", at, "target", target)
		}
		d.addMetrics(m, target)
	}
	families, err := m.Gather()
	if err != nil {
		return err
	}
	for _, family := range families {
		if _, err := expfmt.MetricFamilyToText(w, family); err != nil {
			return err
		}
	}
	return nil
}

// addMetrics adds the metrics of the run about one target.
func (d *Document) addMetrics(m *metrics, target string) {
	m.set("pgroundtrip_last_run_timestamp_seconds", "When the last run ended, as Unix time.",
		float64(d.Time.Unix()), "target", target)
	checks := map[verdict.Verdict]float64{}
	for _, w := range d.Workloads {
		if d.Source == nil && target != plain.Text(w.Workload) {
			continue
		}
		for _, c := range w.Checks {
			checks[c.Verdict]++
		}
		for _, p := range w.Phases {
			m.add("pgroundtrip_phase_duration_seconds", "How long a phase of the last run took.", p.Seconds,
				"target", target, "phase", plain.Text(p.Name))
			if p.Name == "restore" {
				m.add("pgroundtrip_recovery_duration_seconds", "How long the restore took: the measured recovery time.",
					p.Seconds, "target", target)
			}
		}
	}
	for _, v := range []verdict.Verdict{verdict.Pass, verdict.Fail, verdict.Error} {
		is := 0.0
		if v == d.Verdict {
			is = 1
		}
		m.set("pgroundtrip_last_run_verdict", "1 for the verdict of the last run, 0 for the others.", is,
			"target", target, "verdict", string(v))
		m.set("pgroundtrip_checks", "Checks of the last run by verdict.", checks[v], "target", target, "verdict", string(v))
	}
	m.set("pgroundtrip_not_covered", "What the last run did not cover.", float64(len(d.NotCovered)), "target", target)
	m.gauge("pgroundtrip_build_info", "1, with the version of pgroundtrip.",
		[]string{"version", plain.Text(d.Version)}).Set(1)
	if d.Source != nil {
		d.Source.addMetrics(m, target)
	}
}

// addMetrics adds the metrics of the record about the database.
func (s *Source) addMetrics(m *metrics, target string) {
	if s.Moment != nil {
		m.set("pgroundtrip_snapshot_timestamp_seconds", "The moment of the record, as Unix time.",
			float64(s.Moment.Time.Unix()), "target", target)
	}
	for _, known := range []struct {
		name, help string
		value      *int64
	}{
		{"pgroundtrip_archive_size_bytes", "Size of the archive.", s.ArchiveBytes},
		{"pgroundtrip_tables", "Tables in the record.", s.Tables},
		{"pgroundtrip_rows", "Rows of all tables in the record.", s.Rows},
	} {
		if known.value != nil {
			m.set(known.name, known.help, float64(*known.value), "target", target)
		}
	}
}

// metrics are gauges by name.
type metrics struct {
	*prometheus.Registry
	command string
	gauges  map[string]*prometheus.GaugeVec
}

// gauge returns the gauge with these labels, which are alternating names and values.
func (m *metrics) gauge(name, help string, labels []string) prometheus.Gauge {
	var names, values []string
	for i := 0; i < len(labels); i += 2 {
		names, values = append(names, labels[i]), append(values, labels[i+1])
	}
	if m.gauges[name] == nil {
		if m.gauges == nil {
			m.gauges = map[string]*prometheus.GaugeVec{}
		}
		m.gauges[name] = prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, names)
		m.MustRegister(m.gauges[name])
	}
	return m.gauges[name].WithLabelValues(values...)
}

func (m *metrics) set(name, help string, value float64, labels ...string) {
	m.gauge(name, help, append(labels, "command", m.command)).Set(value)
}

func (m *metrics) add(name, help string, value float64, labels ...string) {
	m.gauge(name, help, append(labels, "command", m.command)).Add(value)
}

// earlier reads when each target of this command was last proven. A text that is not in Prometheus format has none.
func (m *metrics) earlier(was []byte) map[string]float64 {
	proven := map[string]float64{}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(was))
	if err != nil {
		return proven
	}
	for _, metric := range families[lastProven].GetMetric() {
		labels := map[string]string{}
		for _, l := range metric.GetLabel() {
			labels[l.GetName()] = l.GetValue()
		}
		if labels["command"] == m.command {
			proven[labels["target"]] = metric.GetGauge().GetValue()
		}
	}
	return proven
}
